using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class WhisperTests(Recognizer recognizer) : IClassFixture<Recognizer>
{
    static readonly string[] Clips = ["0870", "0880", "0890", "0920", "0930"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Recognises_read_speech()
    {
        var (errors, units) = (0, 0);
        foreach (var name in Clips)
        {
            var (samples, text) = Recognizer.Clip(name);
            var updates = await recognizer.RunAsync(samples, null, Cancellation);
            Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal("en", update.GetLanguage()));
            var (wrong, of) = ErrorRate.Of(text, Recognizer.TextOf(updates), "en");
            (errors, units) = (errors + wrong, units + of);
        }
        Assert.Equal(71, units);
        Assert.InRange(errors, 0, 3);
    }

    [Fact]
    public async Task Refuses_an_unknown_language()
    {
        var failure = await Assert.ThrowsAsync<DubbingException>(
            () => recognizer.RunAsync(new float[16_000], new SpeechToTextOptions { SpeechLanguage = "xx" }, Cancellation));
        Assert.Equal("language.unknown", failure.Failure.Code);
    }
}
