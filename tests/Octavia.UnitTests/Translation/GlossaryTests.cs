using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

public class GlossaryTests
{
    [Theory]
    [InlineData("voice", "A Voice is heard.", true)]
    [InlineData("voice", "VOICE!", true)]
    [InlineData("voice", "An invoice came.", false)]
    [InlineData("voice", "Voices are heard.", false)]
    [InlineData("Apple", "An apple fell.", false)]
    [InlineData("Apple", "Apple's new phone.", true)]
    [InlineData("voice over", "This is a voice over.", true)]
    [InlineData("C++", "I write C++, mostly.", true)]
    [InlineData("声音", "这个声音很好", true)]
    [InlineData("קול", "הקולות", false)]
    public void Finds_whole_words(string term, string text, bool found) =>
        Assert.Equal(found, new Glossary([new(term, "x")]).In(text).Count == 1);

    [Fact]
    public void Takes_the_longer_of_two_terms_and_each_once()
    {
        var glossary = new Glossary([new("voice", "voz"), new("voice over", "locución"), new("film", "película"), new("sound", null)]);
        var terms = glossary.In("The film has a voice over, and the film has a voice.");
        Assert.Equal(["película", "locución", "voz"], terms.Select(term => term.Written));
    }
}
