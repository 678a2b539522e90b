using Octavia.Dubbing.Recognition;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class SpeakerChannelsTests : IDisposable
{
    readonly SileroVad vad = SileroVad.Open(TestFiles.At("models/silero-vad"));
    readonly float[] first = Recognizer.Clip("0870").Samples;
    readonly float[] second = Recognizer.Clip("0920").Samples;

    [Theory]
    [InlineData(8)]
    [InlineData(0.5)]
    [InlineData(0)]
    public void Two_who_speak_in_turn_or_at_once_are_told_from_stereo(double after) => Assert.True(Ask(first, Late(second, after)).AreTwo);

    [Fact]
    public void Who_speaks_late_is_waited_for()
    {
        var channels = Ask([.. first, .. first, .. first, .. first], Late(second, 20));
        Assert.True(channels is { AreTwo: true, IsSettled: true });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_voice_in_the_middle_over_music_on_the_sides_is_stereo(int musicSide)
    {
        var music = Chords(first.Length, 0.02f);
        Assert.False(Ask(musicSide == 0 ? Sum(first, music) : first, musicSide == 1 ? Sum(first, music) : first).AreTwo);
        Assert.False(Ask(Sum(first, music), Sum(first, Chords(first.Length, 0.02f, 1.26))).AreTwo);
    }

    [Fact]
    public void A_voice_in_the_middle_is_told_at_once() => Assert.True(Ask(first, first) is { AreTwo: false, IsSettled: true });

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.008)]
    public void One_voice_before_two_microphones_apart_is_stereo(double delay) => Assert.False(Ask(first, Late(Scaled(first, 0.8f), delay)).AreTwo);

    [Theory]
    [InlineData(0.2f, 5)]
    [InlineData(0.01f, 5)]
    [InlineData(0.01f, 2)]
    public void Microphones_that_hear_the_other_speaker_too_are_stereo(float crosstalk, int seconds)
    {
        var (left, right) = (first[..(seconds * Recognizer.Rate)], Late(second[..(seconds * Recognizer.Rate)], seconds + 0.2));
        Assert.False(Ask(Sum(left, Scaled(right, crosstalk)), Sum(right, Scaled(left, crosstalk))).AreTwo);
    }

    [Fact]
    public void One_speaker_alone_on_one_channel_is_not_two()
    {
        Assert.False(Ask(first, []).AreTwo);
        Assert.False(Ask(Chords(first.Length, 0.1f), first).AreTwo);
    }

    SpeakerChannels Ask(float[] left, float[] right)
    {
        var channels = new SpeakerChannels(vad);
        var block = new short[SpeakerChannels.BlockSamples];
        var length = Math.Max(left.Length, right.Length);
        for (var at = 0; at < length && !channels.IsSettled; at += block.Length / 2)
        {
            for (var i = 0; i < block.Length; i++) block[i] = (short)(32767 * (i % 2 == 0 ? left : right).ElementAtOrDefault(at + i / 2));
            channels.Add(block);
        }
        return channels;
    }

    static float[] Late(float[] sound, double seconds) => [.. new float[(int)(seconds * Recognizer.Rate)], .. sound];

    static float[] Scaled(float[] sound, float gain) => [.. sound.Select(sample => gain * sample)];

    static float[] Sum(float[] first, float[] second) =>
        [.. Enumerable.Range(0, Math.Max(first.Length, second.Length)).Select(i => first.ElementAtOrDefault(i) + second.ElementAtOrDefault(i))];

    static float[] Chords(int length, float amplitude, double transposed = 1) =>
        [.. Enumerable.Range(0, length).Select(i => amplitude * (float)new[] { 220, 277, 330 }.Sum(hertz => Math.Sin(2 * Math.PI * transposed * hertz * i / Recognizer.Rate)))];

    public void Dispose() => vad.Dispose();
}
