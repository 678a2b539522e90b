using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Scripts;

public class SentencesTests
{
    [Theory]
    [InlineData("It costs 3.50 euros. J. Mas paid! \"Really?\" he said.", "It costs 3.50 euros.|J. Mas paid!|\"Really?\"|he said.")]
    [InlineData("你好。我是他。", "你好。|我是他。")]
    [InlineData("no end", "no end")]
    [InlineData("See p. 5, etc. and more...", "See p. 5, etc. and more...")]
    [InlineData("I saw Mr. Dashwood in the U.S. Army. He left.", "I saw Mr. Dashwood in the U.S. Army.|He left.")]
    public void Finds_the_ends_of_sentences(string text, string expected) => Assert.Equal(expected.Split('|'), Sentences.Split(text));

    [Theory]
    [InlineData("one two three, four five six", "one two three,|four five six")]
    [InlineData("one two three four five six", "one two three|four five six")]
    [InlineData("春はあけぼの、やうやう白くなりゆく山ぎは", "春はあけぼの、|やうやう白くなりゆく山ぎは")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghijklm|nopqrstuvwxyz")]
    [InlineData("😀", "😀")]
    public void Cuts_long_sentences_where_it_hurts_least(string text, string expected) =>
        Assert.Equal(expected.Split('|'), Sentences.Split(text, part => part.Length <= 16));
}
