using System.Diagnostics;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class SpeechDetectorTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>The rules that the published figures follow.</summary>
    static readonly SpeechRules Published = new() { MinSilence = 0.1 };

    readonly SileroVad vad = SileroVad.Open(TestFiles.At("models/silero-vad"));

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512)]
    [InlineData(1000)]
    [InlineData(160_000)]
    public void Finds_the_same_speech_in_blocks_of_any_size(int block)
    {
        var clip = Recognizer.Clip("0920").Samples;
        float[] samples = [.. new float[3 * Recognizer.Rate], .. clip, .. new float[2 * Recognizer.Rate]];
        var detector = new SpeechDetector(vad, new SpeechRules());
        foreach (var part in samples.Chunk(block)) detector.Add(part);
        detector.Finish(samples.Length / (double)Recognizer.Rate);

        Assert.InRange(detector.Spans[0].Start, 3, 3.6);
        Assert.InRange(detector.Spans[^1].End, 8.4, 9.1);
        Assert.InRange(detector.Spans.Sum(span => span.Length), 5.3, 5.8);
        Assert.All(detector.Spans.Zip(detector.Spans.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
    }

    [Fact]
    public void Says_since_when_speech_goes_on()
    {
        var detector = new SpeechDetector(vad, new SpeechRules());
        detector.Add(new float[Recognizer.Rate]);
        Assert.Null(detector.OpenSince);
        detector.Add(Recognizer.Clip("0870").Samples.AsSpan(0, 3 * Recognizer.Rate));
        Assert.InRange(detector.OpenSince!.Value, 1, 1.5);
        Assert.Empty(detector.Spans);
    }

    [Fact]
    public async Task Finds_the_published_seconds_of_speech()
    {
        var rows = File.ReadLines(TestFiles.Shared("models/silero-vad/reference.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        var different = 0;
        foreach (var row in rows)
        {
            var detector = new SpeechDetector(vad, Published);
            var samples = await Decode(TestFiles.Shared($"media/{row[0]}"));
            detector.Add(samples);
            detector.Finish(samples.Length / (double)Recognizer.Rate);
            var (expected, found) = (double.Parse(row[3]), detector.Spans.Sum(span => span.Length));
            if (Math.Abs(expected - found) <= 0.1 + 0.01 * expected) continue;
            different++;
            output.WriteLine($"{row[0]} {found:0.00} s, published {expected:0.00} s");
        }
        Assert.InRange(different, 0, rows.Count / 50);
    }

    public void Dispose() => vad.Dispose();

    static async Task<float[]> Decode(string path)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", "16000", "-f", "wav", "-"])
        {
            RedirectStandardOutput = true,
        })!;
        var samples = Wav.Read(ffmpeg.StandardOutput.BaseStream).Samples;
        await ffmpeg.WaitForExitAsync(Cancellation);
        return samples;
    }
}
