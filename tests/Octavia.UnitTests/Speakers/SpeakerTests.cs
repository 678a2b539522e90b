using System.Globalization;
using Octavia.Dubbing.Speakers;
using Octavia.UnitTests.Speech;
using Xunit;

namespace Octavia.UnitTests.Speakers;

public sealed class SpeakerFixture : IDisposable
{
    public SpeakerEncoder Encoder { get; } = new(TestFiles.At("models/speaker-encoder"));

    public void Dispose() => Encoder.Dispose();
}

public class SpeakerTests(SpeakerFixture speakers, KokoroFixture kokoro) : IClassFixture<SpeakerFixture>, IClassFixture<KokoroFixture>
{
    static readonly CancellationToken Token = TestContext.Current.CancellationToken;

    [Fact]
    public void Prints_are_those_of_the_reference()
    {
        var rows = File.ReadLines(TestFiles.Shared("models/speaker-encoder/reference.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        foreach (var row in rows)
        {
            var samples = Sound.Decode(TestFiles.Shared($"media/{row[0]}"), 16000, double.Parse(row[1]), double.Parse(row[2]));
            var expected = row[3].Split(' ').Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray();

            var print = speakers.Encoder.Embed(samples, Token)!;

            Assert.Equal(1, VoicePrint.Dot(print, print), 1e-5f);
            var cosine = VoicePrint.Dot(expected, print.AsSpan(0, 8))
                / Math.Sqrt(VoicePrint.Dot(expected, expected) * VoicePrint.Dot(print.AsSpan(0, 8), print.AsSpan(0, 8)));
            Assert.Equal(1, cosine, 0.01);
        }
        Assert.Equal(4, rows.Count);
    }

    [Fact]
    public void Scraps_and_digital_silence_have_no_print()
    {
        Assert.Null(speakers.Encoder.Embed(new float[1599], Token));
        Assert.Null(speakers.Encoder.Embed(new float[32000], Token));
        Assert.Null(speakers.Encoder.Embed(ReadOnlyMemory<float>.Empty, Token));
    }

    [Theory]
    [InlineData("en/chromecast_order_two_speakers_8k_45s.wav", 2)]
    [InlineData("synthetic/azure_katie_steve_dialogue_29s.flac", 2)]
    [InlineData("en/voxpopuli_en_000.ogg", 1)]
    [InlineData("en/shakespeare_sonnet1_librivox_53s.mp3", 1)]
    public void Real_clips_have_as_many_speakers_as_people(string clip, int people)
    {
        var segments = Sound.Segments(Sound.Decode(TestFiles.Shared($"media/{clip}"), 16000)).ToList();

        Assert.Equal(people, Cluster(segments).Distinct().Count());
        Assert.Equal(people, Track(segments).Distinct().Count());
    }

    [Fact]
    public void Ten_people_in_turn_are_found_and_the_one_who_returns_is_known()
    {
        var clip = TestFiles.Shared("media/en/grid_ten_speakers_33s.mp4");
        var segments = Enumerable.Range(0, 11).Select(i => Sound.Decode(clip, 16000, 3 * i, 3 * i + 3)).ToList();

        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 6], Cluster(segments, 10));
        // Six words a person: without the number, two who sound alike may be taken for one.
        foreach (var found in new[] { [.. Cluster(segments).Select(label => $"S{label + 1}")], Track(segments) })
        {
            Assert.InRange(found.Distinct().Count(), 8, 10);
            Assert.Equal(found[6], found[10]);
        }
    }

    [Fact]
    public async Task A_dialogue_of_two_voices_and_a_reader_is_told_apart()
    {
        var woman = "if_sara";
        var man = "im_nicola";
        List<float[]> segments =
        [
            await SpeakAsync("Bentornati sul canale, oggi costruiremo insieme un piccolo tavolo.", woman),
            await SpeakAsync("Può dirmi dove si trova la stazione più vicina?", man),
            Sound.Decode(TestFiles.At("tests/media/librivox/0870.wav"), 16000),
            await SpeakAsync("Per favore, spegni le luci prima di uscire di casa.", woman),
            await SpeakAsync("Il tempo era bellissimo, quindi abbiamo deciso di camminare.", man),
            Sound.Decode(TestFiles.At("tests/media/librivox/0880.wav"), 16000),
        ];

        Assert.Equal([0, 1, 2, 0, 1, 2], Cluster(segments));
        Assert.Equal(["S1", "S2", "S3", "S1", "S2", "S3"], Track(segments));
        // Told that there are two, the reader is put with somebody, and nobody is torn apart.
        Assert.Equal(2, Cluster(segments, 2).Distinct().Count());
        Assert.Equal(2, Track(segments, 2).Distinct().Count());
    }

    [Fact]
    public void Short_words_go_to_the_nearest_voice_and_silence_to_the_last_speaker()
    {
        var reading = Sound.Decode(TestFiles.At("tests/media/librivox/0870.wav"), 16000);
        var tracker = new SpeakerTracker(speakers.Encoder);

        Assert.Equal("S1", tracker.Add(reading.AsMemory(16000, 12000), Token).Id);
        Assert.Equal("S1", tracker.Add(reading.AsMemory(32000, 48000), Token).Id);
        Assert.Equal("S1", tracker.Add(reading.AsMemory(90000, 14000), Token).Id);
        var profile = tracker.Add(new float[16000], Token);

        Assert.Equal(new SpeakerProfile("S1", profile.MedianPitch, (12000 + 48000 + 14000 + 16000) / 16000.0), profile);
        Assert.InRange(profile.MedianPitch!.Value, 80, 300);
        Assert.Equal([profile], tracker.Speakers);
    }

    [Fact]
    public void Nothing_is_nobody() => Assert.Empty(SpeakerClustering.Cluster([], []));

    async Task<float[]> SpeakAsync(string text, string voice) =>
        Sound.Trim(Sound.To16000(await kokoro.SpeakAsync(text, voice, cancellationToken: Token), 24000));

    int[] Cluster(List<float[]> segments, int? count = null) => SpeakerClustering.Cluster(
        [.. segments.Select(s => speakers.Encoder.Embed(s, Token))], [.. segments.Select(s => s.Length / 16000.0)], count);

    string[] Track(List<float[]> segments, int? count = null)
    {
        var tracker = new SpeakerTracker(speakers.Encoder, count);
        return [.. segments.Select(segment => tracker.Add(segment, Token).Id)];
    }
}
