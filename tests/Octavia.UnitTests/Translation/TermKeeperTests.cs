using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

/// <summary>A glossary for translators that know none: with the Apertium that is installed, and with one that loses words.</summary>
public class TermKeeperTests
{
    static readonly GlossaryTerm AsItIs = new("House Party", null);
    static readonly GlossaryTerm Replaced = new("dog", "can");

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("en", "es", "We saw House Party with the dog, and the dog slept.")]
    [InlineData("en", "fr", "We saw House Party with the dog, and the dog slept.")]
    [InlineData("en", "it", "We saw House Party with the dog, and the dog slept.")]
    [InlineData("en", "pt", "We saw House Party with the dog, and the dog slept.")]
    [InlineData("en", "ca", "We saw House Party with the dog, and the dog slept.")]
    [InlineData("en", "es", "WE SAW House Party WITH THE DOG, AND THE DOG SLEPT.")]
    public async Task Apertium_keeps_to_it_also_through_a_third_language(string source, string target, string text)
    {
        await using var translator = await OpenAsync(source, target);
        var without = await AskAsync(translator, new TranslationLine(text));
        var with = await AskAsync(translator, new TranslationLine(text) { Terms = [AsItIs, Replaced] });
        Assert.DoesNotContain("House Party", without.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Null(with.Problem);
        Assert.Contains("House Party", with.Text);
        Assert.Equal(2, with.Text!.Split("can", StringSplitOptions.None).Length - 1);
        Assert.DoesNotContain("ZQX", with.Text, StringComparison.OrdinalIgnoreCase);
        Assert.NotEqual(text, with.Text);
    }

    [Fact]
    public async Task A_line_that_is_a_term_alone_becomes_its_translation()
    {
        await using var translator = await OpenAsync("en", "es");
        Assert.Equal(new TranslatedLine("can."), await AskAsync(translator, new TranslationLine("Dog.") { Terms = [Replaced] }));
    }

    [Fact]
    public async Task A_line_that_has_the_stand_in_itself_is_translated_without_and_says_so()
    {
        await using var translator = await OpenAsync("en", "es");
        var line = await AskAsync(translator, new TranslationLine("The dog has a zqx.") { Terms = [Replaced] });
        Assert.Contains("perro", line.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("The glossary's \"can\" is missing.", line.Problem);
    }

    [Fact]
    public async Task Where_a_word_is_lost_the_line_is_translated_without_and_says_so()
    {
        await using var translator = new TermKeeper(new Forgetful());
        var line = await AskAsync(translator, new TranslationLine("The dog sleeps.") { Terms = [Replaced] });
        Assert.Equal("THE DOG SLEEPS.", line.Text);
        Assert.Equal("The glossary's \"can\" is missing.", line.Problem);
        // What is there by itself is not missed.
        Assert.Equal(new TranslatedLine("THE DOG SLEEPS."), await AskAsync(translator, new TranslationLine("The dog sleeps.") { Terms = [new("dog", null)] }));
    }

    static Task<ITranslator> OpenAsync(string source, string target)
    {
        var options = new EngineOptions { Models = new ModelStoreOptions { Offline = true } };
        return new EngineCatalog(options, new ModelStore(options.Models)).OpenTranslatorAsync(source, target, "apertium", Cancel);
    }

    static async Task<TranslatedLine> AskAsync(ITranslator translator, TranslationLine line) => Assert.Single(await translator.TranslateAsync([line], [], Cancel));

    sealed class Forgetful : ITranslator
    {
        public string Description => "forgetful";

        public Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
            IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<TranslatedLine>>([.. lines.Select(line => new TranslatedLine(line.Text.Contains("ZQX", StringComparison.Ordinal) ? "SOMETHING." : line.Text.ToUpperInvariant()))]);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
