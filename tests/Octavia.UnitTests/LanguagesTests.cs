using Octavia.Dubbing;
using Xunit;

namespace Octavia.UnitTests;

public class LanguagesTests
{
    [Theory]
    [InlineData("es", "es")]
    [InlineData("ES", "es")]
    [InlineData("es-MX", "es")]
    [InlineData("pt_BR", "pt")]
    [InlineData("spa", "es")]
    [InlineData("fre", "fr")]
    [InlineData("fra", "fr")]
    [InlineData("cmn", "zh")]
    [InlineData("zho", "zh")]
    [InlineData("jw", "jv")]
    [InlineData("nb", "no")]
    [InlineData(" Spanish ", "es")]
    [InlineData("haitian creole", "ht")]
    [InlineData("zh-Hant-TW", "zh")]
    public void Finds_a_language_by_any_of_its_names(string text, string code) => Assert.Equal(code, Languages.Get(text).Code);

    [Theory]
    [InlineData("Spansh", "es (Spanish)")]
    [InlineData("Portugese", "pt (Portuguese)")]
    [InlineData("Itallian", "it (Italian)")]
    public void Suggests_what_was_meant(string text, string suggestion)
    {
        var failure = Assert.Throws<DubbingException>(() => Languages.Get(text)).Failure;
        Assert.Equal("language.unknown", failure.Code);
        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains(suggestion, failure.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("auto")]
    [InlineData("-")]
    [InlineData("../../etc/passwd")]
    [InlineData("quixotically-unlike-anything-and-far-too-long-to-be-shown-in-whole")]
    public void Refuses_what_is_no_language(string? text)
    {
        var failure = Assert.Throws<DubbingException>(() => Languages.Get(text)).Failure;
        Assert.Equal("language.unknown", failure.Code);
        Assert.True(failure.Message.Length < 200, failure.Message);
    }

    [Fact]
    public void Knows_every_language_of_Whisper_once()
    {
        Assert.Equal(100, Languages.All.Count(language => language.IsRecognized));
        Assert.Equal(Languages.All.Count, Languages.All.Select(language => language.Code).Distinct().Count());
        Assert.All(Languages.All, language => Assert.Equal(3, language.TrackCode.Length));
        Assert.All(Languages.All, language => Assert.Same(language, Languages.Find(language.Code)));
        Assert.All(Languages.All, language => Assert.Same(language, Languages.Find(language.Name)));
    }
}
