using Octavia.Dubbing.Speakers;
using Octavia.UnitTests.Recognition;
using Xunit;

namespace Octavia.UnitTests.Speakers;

/// <summary>Real speech, and a melody that espeak-ng sings, because no recorded song is at hand.</summary>
public sealed class SingingTests(ITestOutputHelper output) : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-song").FullName;

    [Theory]
    [InlineData("0870")]
    [InlineData("0880")]
    [InlineData("0890")]
    [InlineData("0920")]
    [InlineData("0930")]
    public void A_reading_is_not_sung(string clip) => Assert.False(SingingDetector.IsSung(Recognizer.Clip(clip).Samples));

    [Theory]
    [InlineData("anull")]
    [InlineData("vibrato=f=5.5:d=0.3")]
    public void A_melody_is_sung(string filter) => Assert.True(SingingDetector.IsSung(Sound.Decode(Song.Make(_folder, filter), 16000)));

    [Fact]
    public void No_speech_of_the_shared_clips_is_taken_for_singing()
    {
        var (stretches, sung) = (0, new List<string>());
        foreach (var language in new[] { "en", "es", "fr", "de", "it", "pt", "ca", "sv", "zh", "ja", "ko", "multi", "synthetic" })
            foreach (var clip in Directory.EnumerateFiles(TestFiles.Shared($"media/{language}")).Where(file => Path.GetExtension(file) is not (".txt" or ".vtt" or ".srt")))
                foreach (var stretch in Sound.Segments(Sound.Decode(clip, 16000)))
                {
                    stretches++;
                    if (SingingDetector.IsSung(stretch)) sung.Add($"{Path.GetFileName(clip)}, {stretch.Length / 16000.0:0.0} s");
                }
        output.WriteLine($"{stretches} stretches");
        Assert.Empty(sung);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
