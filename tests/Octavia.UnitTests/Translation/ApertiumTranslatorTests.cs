using System.Diagnostics;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

/// <summary>Against the Apertium that is installed, with the pairs that <c>./octavia</c> installs.</summary>
public sealed class ApertiumTranslatorTests(ApertiumTranslatorTests.EnglishToSpanish shared) : IClassFixture<ApertiumTranslatorTests.EnglishToSpanish>
{
    static readonly ApertiumPairs Pairs = ApertiumPairs.Read();

    [Theory]
    [InlineData("en", "es", "Good morning, everyone.", "Buenos días, todo el mundo.")]
    [InlineData("es", "en", "La casa es grande.", "The house is big.")]
    [InlineData("fr", "es", "La maison est grande.", "La casa es grande.")]
    [InlineData("en", "fr", "The house is big.", "La maison est grande.")]
    [InlineData("fr", "en", "La maison est grande.", "The house is big.")]
    [InlineData("en", "it", "The house is big.", "La casa è grande.")]
    [InlineData("en", "pt", "The house is big.", "A casa é grande.")]
    [InlineData("en", "ca", "The house is big.", "La casa és gran.")]
    public async Task Translates_directly_and_through_other_languages(string source, string target, string text, string expected)
    {
        await using var translator = Open(source, target);
        Assert.Equal(expected, await TranslateAsync(translator, text));
    }

    [Theory]
    [InlineData("He said no.", "Dijo no.")]
    [InlineData("The house is big", "La casa es grande")]
    [InlineData("Is the house big?", "?")]
    [InlineData("I live in the U.S.", "EE.UU.")]
    [InlineData("It costs $5, [really] {yes} a/b \\ @home <b>now</b> ^x$ ~y~", "$5", "[", "]", "{", "}", "/", "\\", "@", "<", ">", "^", "~")]
    [InlineData("Xqzt is *here* #1 😀 日本語…", "Xqzt", "*", "#1", "😀", "日本語…")]
    [InlineData("THE HOUSE IS BIG", "LA CASA ES GRANDE")]
    [InlineData("The\thouse\r\nis\0 big.", "La casa es grande.")]
    public async Task Keeps_stops_signs_and_capitals(string text, params string[] kept)
    {
        var translated = await TranslateAsync(shared.Translator, text);
        Assert.All(kept, part => Assert.Contains(part, translated));
        Assert.DoesNotContain("  ", translated);
        Assert.Equal(text.EndsWith('.'), translated.EndsWith('.'));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("...")]
    [InlineData("[]")]
    [InlineData("\0")]
    [InlineData("123")]
    [InlineData("♪ ♪")]
    public async Task Leaves_a_text_without_words_as_it_is(string text)
    {
        Assert.Equal(text, await TranslateAsync(shared.Translator, text));
    }

    [Fact]
    public async Task Translates_two_hundred_lines_in_one_process()
    {
        await using var translator = new ApertiumTranslator(Direct("en", "es"));
        var process = translator.ProcessId;
        var lines = Enumerable.Range(2, 200).Select(i => new TranslationLine($"There are {i} houses.")).ToList();
        var watch = Stopwatch.StartNew();
        var translated = await translator.TranslateAsync(lines, [], TestContext.Current.CancellationToken);
        watch.Stop();

        Assert.Equal(200, translated.Count);
        for (var i = 0; i < translated.Count; i++) Assert.Equal($"Hay {i + 2} casas.", translated[i].Text);
        Assert.Equal(process, translator.ProcessId);
        // A process start per line would take 200 x 90 ms at best.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 15);
    }

    [Fact]
    public async Task Serves_callers_side_by_side()
    {
        var calls = Enumerable.Range(2, 20).Select(i => Task.Run(() => TranslateAsync(shared.Translator, $"There are {i} houses."))).ToList();
        for (var i = 0; i < calls.Count; i++) Assert.Equal($"Hay {i + 2} casas.", await calls[i]);
    }

    [Fact]
    public async Task Translates_a_text_larger_than_the_pipes_between_the_programs()
    {
        var translated = await TranslateAsync(shared.Translator, string.Join(' ', Enumerable.Repeat("The house is big.", 6_000)));
        Assert.Equal(6_000, translated.Split("La casa es grande.").Length - 1);
    }

    [Fact]
    public async Task Goes_on_after_its_process_was_killed()
    {
        await using var translator = new ApertiumTranslator(Direct("en", "es"));
        Assert.Equal("La casa es grande.", await TranslateAsync(translator, "The house is big."));
        var killed = translator.ProcessId!.Value;
        using (var process = Process.GetProcessById(killed)) process.Kill(entireProcessTree: true);

        Assert.Equal("La casa es roja.", await TranslateAsync(translator, "The house is red."));
        Assert.NotEqual(killed, translator.ProcessId);
    }

    [Fact]
    public async Task Flags_a_line_that_takes_too_long_and_goes_on_with_the_next()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-test-");
        try
        {
            var real = File.ReadAllText(Direct("en", "es").Path).Trim();
            // Stands in front of the pipeline and waits for ever when it reads "hang".
            var path = Path.Combine(folder.FullName, "eng-spa.mode");
            File.WriteAllText(path, "while IFS= read -r -d '' line; do case \"$line\" in *hang*) sleep 600;; esac; printf '%s\\0' \"$line\"; done | " + real);
            await using var translator = new ApertiumTranslator(ApertiumPairs.Read(folder.FullName).FindPath("en", "es").Single(), TimeSpan.FromSeconds(3));

            var lines = new[] { "The house is big.", "Do not hang.", "The house is red." }.Select(text => new TranslationLine(text)).ToList();
            var translated = await translator.TranslateAsync(lines, [], TestContext.Current.CancellationToken);

            Assert.Equal(["La casa es grande.", null, "La casa es roja."], translated.Select(line => line.Text));
            Assert.Equal([true, false, true], translated.Select(line => line.Problem is null));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Gives_up_on_programs_that_do_not_even_read()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-test-");
        try
        {
            var path = Path.Combine(folder.FullName, "eng-spa.mode");
            File.WriteAllText(path, "sleep 600 | cat");
            await using var translator = new ApertiumTranslator(ApertiumPairs.Read(folder.FullName).All.Single(), TimeSpan.FromSeconds(1));
            var lines = Enumerable.Repeat(new TranslationLine(new string('x', 200_000)), 20).ToList();

            var running = translator.TranslateAsync(lines, [], TestContext.Current.CancellationToken);
            var translated = await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

            Assert.All(translated, line => Assert.NotNull(line.Problem));
            Assert.Equal(20, translated.Count);
            Assert.All(translated, line => Assert.Null(line.Text));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Works_again_once_what_broke_every_line_is_mended()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-test-");
        try
        {
            var mended = Path.Combine(folder.FullName, "mended");
            var real = File.ReadAllText(Direct("en", "es").Path).Trim();
            File.WriteAllText(Path.Combine(folder.FullName, "eng-spa.mode"), $"{real} | if [ -e '{mended}' ]; then cat; else kill -9 $$; fi");
            await using var translator = new ApertiumTranslator(ApertiumPairs.Read(folder.FullName).FindPath("en", "es").Single());
            var lines = Enumerable.Repeat(new TranslationLine("The house is big."), 8).ToList();
            Assert.All(await translator.TranslateAsync(lines, [], TestContext.Current.CancellationToken), line => Assert.Null(line.Text));

            File.WriteAllText(mended, "");
            Assert.Equal("La casa es grande.", await TranslateAsync(translator, "The house is big."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Stops_its_programs_when_cancelled_and_when_disposed()
    {
        using var cancel = new CancellationTokenSource();
        var translator = new ApertiumTranslator(Direct("en", "es"));
        var lines = Enumerable.Repeat(new TranslationLine(string.Join(' ', Enumerable.Repeat("The house is big.", 500))), 1000).ToList();
        var running = translator.TranslateAsync(lines, [], cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal("La casa es grande.", await TranslateAsync(translator, "The house is big."));
        var process = translator.ProcessId!.Value;
        await translator.DisposeAsync();
        Assert.False(IsRunning(process));
    }

    [Fact]
    public void Finds_the_shortest_way()
    {
        Assert.Equal(["eng-spa"], Pairs.FindPath("en", "es").Select(pair => pair.Mode));
        Assert.Equal(["eng-cat", "cat-fra"], Pairs.FindPath("en", "fr").Select(pair => pair.Mode));
        Assert.Equal(["fr-es", "spa-eng"], Pairs.FindPath("fr", "en").Select(pair => pair.Mode));
        Assert.Equal(["eng-spa", "es-pt_BR"], Pairs.FindPath("en", "pt").Select(pair => pair.Mode));
        Assert.Empty(Pairs.FindPath("en", "de"));
        Assert.Empty(Pairs.FindPath("en", "en"));
        Assert.Equal(["ca", "es", "fr", "it", "pt"], Pairs.TargetsFrom("en"));
    }

    [Fact]
    public void Finds_nothing_where_apertium_is_not_installed()
    {
        Assert.Empty(ApertiumPairs.Read(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())).All);
    }

    /// <summary>One translator for the tests that do not stop it.</summary>
    public sealed class EnglishToSpanish : IAsyncDisposable
    {
        public ITranslator Translator { get; } = Open("en", "es");

        public ValueTask DisposeAsync() => Translator.DisposeAsync();
    }

    static ApertiumPair Direct(string source, string target) => Pairs.FindPath(source, target).Single();

    static ITranslator Open(string source, string target) => ApertiumTranslator.Open(Pairs, source, target)!;

    static async Task<string> TranslateAsync(ITranslator translator, string text)
    {
        var line = Assert.Single(await translator.TranslateAsync([new TranslationLine(text)], [], TestContext.Current.CancellationToken));
        Assert.Null(line.Problem);
        return line.Text!;
    }

    static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
