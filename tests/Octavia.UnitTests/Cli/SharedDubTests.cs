using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Subtitles;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Cli;

public partial class SharedDubTests(TestMedia media)
{
    [Fact]
    public async Task A_real_film_speaks_Spanish_afterwards()
    {
        var film = TestFiles.Shared("media/en/opendubbing_jordi_mas_selfie.mp4");
        var run = await CliProcess.RunAsync("dub", film, "--to", "es", "--out", media.At("film"), "--json");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var result = JsonNode.Parse(run.Output)!["results"]![0]!;
        var report = result["report"]!;
        var lines = report["versions"]![0]!["lines"]!;
        Assert.True((bool)report["picture"]!["untouched"]!);
        Assert.Equal((int)lines["total"]!, (int)lines["placed"]!);
        Assert.Equal(0, (int)lines["overlaps"]!);

        var dub = (string)result["output"]!;
        Assert.Equal(["spa", "eng"], await CliProcess.LanguagesAsync(dub, "audio"));
        Assert.Equal(["spa", "eng"], await CliProcess.LanguagesAsync(dub, "subtitle"));
        var heard = await HearAsync(dub);
        Assert.Equal("es", heard.Language);
        var srt = result["files"]!.AsArray().Select(file => (string)file!["path"]!).Single(path => path.EndsWith(".es.srt", StringComparison.Ordinal));
        var written = Words(string.Join(' ', SubtitleReader.Read(await File.ReadAllTextAsync(srt)).Select(cue => cue.Text)));
        Assert.InRange((double)written.Intersect(Words(heard.Text)).Count() / written.Count, 0.5, 1);
    }

    static async Task<(string? Language, string Text)> HearAsync(string path)
    {
        var store = new ModelStore(new ModelStoreOptions { Offline = true });
        using var whisper = WhisperSpeechToTextClient.Open(await store.GetAsync("whisper-base"), await store.GetAsync("silero-vad"));
        await using var sound = ChildProcess.Open("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "wav", "pipe:1"], default);
        var (language, text) = ((string?)null, "");
        await foreach (var update in whisper.GetStreamingTextAsync(sound.Stream))
        {
            language ??= update.GetLanguage();
            text += " " + update.Text;
        }
        return (language, text);
    }

    static HashSet<string> Words(string text) => [.. Letters().Matches(text.ToLowerInvariant()).Select(word => word.Value).Where(word => word.Length > 3)];

    [GeneratedRegex(@"\p{L}+")]
    private static partial Regex Letters();
}
