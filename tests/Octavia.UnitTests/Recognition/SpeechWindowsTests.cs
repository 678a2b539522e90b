using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class SpeechWindowsTests
{
    const double Lead = 10;

    static readonly float[] Clip = Recognizer.Clip("0870").Samples;

    static readonly double Seconds = Clip.Length / (double)Recognizer.Rate;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_silence_is_left_out_of_a_window()
    {
        var window = Assert.Single(await WindowsOf(20), one => one.Samples.Length > 0);

        Assert.InRange(window.Start, Lead - 0.5, Lead + 0.3);
        Assert.Equal(window.Samples.Length / (double)Recognizer.Rate, window.End - window.Start, 1e-3);
        Assert.InRange(window.End - window.Start, 2 * Seconds - 0.6, 2 * Seconds + 1.7);
        // The same reading twice: what is found in it is where it lies in the sound.
        var half = window.Speech.Count / 2;
        var moved = window.InSound(new RecognizedWindow([.. window.Speech.Select(span => Segment(span.Start, span.End))], window.End));
        for (var i = 0; i < half; i++)
        {
            Assert.Equal(window.Speech[i].Start, moved.Segments[i].Start, 1e-6);
            Assert.Equal(moved.Segments[i].Start + Seconds + 20, moved.Segments[half + i].Start, 0.15);
            Assert.Equal(moved.Segments[i].End + Seconds + 20, moved.Segments[half + i].End, 0.15);
        }
        Assert.InRange(moved.Resume, moved.Segments[^1].End, Lead + 2 * Seconds + 20.5);
    }

    [Fact]
    public async Task A_word_over_a_silence_that_was_left_out_is_on_one_side_of_it()
    {
        var window = Assert.Single(await WindowsOf(20), one => one.Samples.Length > 0);
        var join = window.Speech[window.Speech.Count / 2].Start - 0.4;

        var before = window.InSound(new RecognizedWindow([Segment(join - 0.3, join + 0.1)], window.End)).Segments[0];
        var after = window.InSound(new RecognizedWindow([Segment(join - 0.1, join + 0.3)], window.End)).Segments[0];

        Assert.InRange(before.End - before.Start, 0.25, 0.35);
        Assert.InRange(before.End, Lead, Lead + Seconds + 0.5);
        Assert.InRange(after.End - after.Start, 0.25, 0.35);
        Assert.InRange(after.Start, Lead + Seconds + 19, Lead + 2 * Seconds + 20);
    }

    [Fact]
    public async Task Who_does_not_join_speech_gets_a_window_for_each()
    {
        var windows = (await WindowsOf(5, joins: false)).Where(one => one.Samples.Length > 0).ToList();
        Assert.Equal(2, windows.Count);
        Assert.All(windows, window => Assert.InRange(window.End - window.Start, Seconds - 0.3, Seconds + 0.9));
    }

    [Fact]
    public async Task What_was_said_is_not_held_back_by_a_silence_without_end()
    {
        var windows = (await WindowsOf(60)).Where(one => one.Samples.Length > 0).ToList();
        Assert.Equal(2, windows.Count);
        Assert.InRange(windows[1].Start, Lead + Seconds + 59, Lead + Seconds + 61);
    }

    static RecognizedSegment Segment(double start, double end) => new(" word", start, end, [new Word(" word", start, end, 1)]);

    // The clip, a silence, and the clip again.
    static async Task<List<SpeechWindow>> WindowsOf(double silence, bool joins = true)
    {
        float[] sound = [.. Silence(Lead), .. Clip, .. Silence(silence), .. Clip, .. Silence(8)];
        using var vad = SileroVad.Open(TestFiles.At("models/silero-vad"));
        using var wav = new MemoryStream(Wav.ToBytes(sound, Recognizer.Rate));
        var windows = new SpeechWindows(await WavReader.OpenAsync(wav, Cancellation), new SpeechDetector(vad, new SpeechRules())) { Joins = joins };
        var (found, position) = (new List<SpeechWindow>(), 0.0);
        while (await windows.NextAsync(position, Cancellation) is { } window)
        {
            found.Add(window);
            position = window.InSound(new RecognizedWindow([], window.End)).Resume;
        }
        return found;
    }

    static float[] Silence(double seconds) => new float[(int)(seconds * Recognizer.Rate)];
}
