using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Recognition;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class VoiceSamplesTests
{
    readonly HeardLines heard = new();
    readonly List<float[]> sounds = [];

    [Fact]
    public void Takes_the_lines_that_stand_out_most_until_there_is_enough()
    {
        // A clean reading, and the same with noise along it.
        var clean = Recognizer.Clip("0870").Samples[..(4 * Recognizer.Rate)];
        for (var i = 0; i < 6; i++) Add(5 * i, 5 * i + 4, "S1", sound: i % 2 == 0 ? Noisy(clean, 0.02f) : clean);
        Assert.Equal([2, 4, 6], Choose("S1"));
    }

    [Fact]
    public void Leaves_out_what_is_sung_doubtful_short_or_disturbed_by_somebody_else()
    {
        Add(0, 4, "S1");
        Add(3.9, 5, "S2");
        Add(6, 10, "S1", flag: Utterance.Singing);
        Add(11, 15, "S1", probability: 0.3);
        Add(16, 16.8, "S1");
        Assert.Null(Choose("S1"));
        Add(18, 22, "S1");
        Assert.Equal([6], Choose("S1"));
        Assert.Null(Choose("S2"));
    }

    [Fact]
    public void Prefers_what_the_recogniser_is_sure_of()
    {
        Add(0, 6, "S1", probability: 0.6);
        Add(10, 16, "S1", probability: 0.95);
        Add(20, 26, "S1", probability: 0.9);
        Assert.Equal([2, 3], Choose("S1"));
    }

    [Fact]
    public void Speakers_on_channels_of_their_own_do_not_disturb_each_other()
    {
        Add(0, 4, "S1", channel: 0);
        Add(1, 3, "S2", channel: 1);
        Assert.Equal([1], Choose("S1"));
    }

    IEnumerable<int>? Choose(string speaker)
    {
        var samples = new VoiceSamples(heard);
        foreach (var (line, sound) in heard.Lines.Zip(sounds)) samples.Hear(line, sound);
        return samples.Choose(speaker)?.Select(line => line.Id);
    }

    void Add(double start, double end, string speaker, float[]? sound = null, double probability = 0.9, string? flag = null, int? channel = null)
    {
        sounds.Add(sound ?? new float[Recognizer.Rate]);
        heard.Add(new Utterance
        {
            Id = sounds.Count,
            Start = start,
            End = end,
            Text = "x",
            Speaker = speaker,
            Channel = channel,
            Words = [new Word(" x", start, end, probability)],
            Flags = flag is null ? [] : [flag],
        });
    }

    static float[] Noisy(float[] samples, float level)
    {
        var random = new Random(1);
        return [.. samples.Select(sample => sample + level * (2 * random.NextSingle() - 1))];
    }
}
