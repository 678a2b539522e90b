using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public class TimedTextTests
{
    [Fact]
    public void Deals_words_out_to_the_speech_with_pauses_behind_marks()
    {
        var window = new SpeechWindow(10, 20, [], [new Stretch(10.5, 12.1), new Stretch(14, 15.2)]);
        var words = TimedText.Spread("Good morning, everyone. How are you?", window, "en", 0.9);
        Assert.Equal([" Good", " morning,", " everyone.", " How", " are", " you?"], words.Select(word => word.Text));
        Assert.Equal((10.5, 12.1, 14, 15.2), (words[0].Start, words[2].End, words[3].Start, words[5].End));
        Assert.All(words.Zip(words.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }

    [Fact]
    public void A_cough_gets_no_word()
    {
        var window = new SpeechWindow(0, 10, [], [new Stretch(0, 0.3), new Stretch(2, 6), new Stretch(8, 8.2)]);
        Assert.All(TimedText.Spread("Incomprehensibilities notwithstanding, internationalization.", window, "en", 1), word => Assert.InRange(word.Start, 2, 6));
    }

    [Fact]
    public void Languages_without_blanks_are_timed_by_their_signs()
    {
        var words = TimedText.Spread("你好，世界。", new SpeechWindow(0, 4, [], [new Stretch(0, 4)]), "zh", 1);
        Assert.Equal(["你", "好，", "世", "界。"], words.Select(word => word.Text));
        Assert.Equal([0, 1, 2, 3], words.Select(word => word.Start));
    }

    [Theory]
    [InlineData("Well, he said: ¿qué? Yes!", "Well|he|said|qué|Yes", "Well,| he| said:| ¿qué?| Yes!")]
    [InlineData(" The end.", "the|end", " The| end.")]
    [InlineData("你好，世界。", "你好|世界", "你好，|世界。")]
    [InlineData("One two three four", "One|other|three|four", "One| two three| four")]
    public void Bare_words_get_their_marks_back(string text, string bare, string written)
    {
        var words = TimedText.Attach(text, [.. bare.Split('|').Select((word, i) => new Word(word, i, i + 1, 1))])!;
        Assert.Equal(written, string.Join('|', words.Select(word => word.Text)));
        Assert.Equal(text, string.Concat(words.Select(word => word.Text)));
    }

    [Theory]
    [InlineData("Something else entirely", "not|a|word")]
    [InlineData("Some text", "")]
    public void Words_of_another_text_are_not_believed(string text, string bare) =>
        Assert.Null(TimedText.Attach(text, [.. bare.Split('|').Select((word, i) => new Word(word, i, i + 1, 1))]));
}
