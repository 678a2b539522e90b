using System.Diagnostics;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

public class EspeakTests
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;
    static readonly string OddRate = $"{100 + Environment.ProcessId % 300}";

    [Fact]
    public async Task Cancelling_kills_the_program()
    {
        using var soon = new CancellationTokenSource();
        var endless = string.Concat(Enumerable.Repeat("a long reading of words, ", 400_000));
        var speaking = Espeak.RunAsync(["--stdout", "-s", OddRate, "--stdin"], endless, soon.Token);
        await WaitUntil(() => Children() == 1);
        soon.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => speaking.WaitAsync(TimeSpan.FromSeconds(10), Token));
        await WaitUntil(() => Children() == 0);
    }

    [Theory]
    [InlineData("n\u0303 e\u0301 A\u030a", "ñ é Å")]
    [InlineData("o\u0302\u0301", "ố")]
    [InlineData("и\u0306", "й")]
    [InlineData("\u0301x", "\u0301x")]
    public void Marks_join_their_letters(string apart, string joined) => Assert.Equal(joined, Composition.Compose(apart));

    [Fact]
    public async Task A_decomposed_text_sounds_like_the_composed_one() =>
        Assert.Equal(
            await KokoroPhonemizer.PhonemizeAsync(SpeechText.Clean("El niño está aquí"), "es", Token),
            await KokoroPhonemizer.PhonemizeAsync(SpeechText.Clean("El nin\u0303o esta\u0301 aqui\u0301"), "es", Token));

    [Fact]
    public async Task Foreign_words_leave_no_language_marks() =>
        Assert.DoesNotContain('(', await KokoroPhonemizer.PhonemizeAsync("Bon weekend à tous", "fr-fr", Token));

    [Theory]
    [InlineData("It costs 3.50 at 10:30, or 1,000 in all.", 2)]
    [InlineData("One, two. Three", 2)]
    [InlineData("Wait... what?!", 2)]
    public async Task Marks_between_digits_do_not_pause(string text, int marks)
    {
        var phonemes = await KokoroPhonemizer.PhonemizeAsync(text, "en-us", Token);
        Assert.Equal(marks, phonemes.Replace("?!", "?").Count(c => ".,:…?".Contains(c)));
    }

    /// <summary>Programs started by this test and still running: nobody else speaks at its rate.</summary>
    static int Children() => Process.GetProcessesByName("espeak-ng").Count(IsOurs);

    static bool IsOurs(Process process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0').Contains(OddRate);
        }
        catch (IOException)
        {
            return false; // It ended between the listing and the look.
        }
    }

    static async Task WaitUntil(Func<bool> condition)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20, Token))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "It did not come to that.");
    }
}
