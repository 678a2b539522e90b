using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class DubTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task A_clip_is_dubbed_with_its_picture_untouched()
    {
        var request = fixture.Request(media.Clip) with { SourceLanguage = "auto", Bilingual = true };
        var told = new List<DubbingProgress>();
        var result = await fixture.Dubber.RunAsync(request, new Collector(told), default);

        Assert.Equal(("video", Path.Combine(request.OutputFolder, "clip.es.mp4")), (result.Main.Kind, result.Main.Path));
        Assert.All(result.Artifacts, artifact => Assert.True(new FileInfo(artifact.Path).Length > 0, artifact.Path));
        Assert.Equal(
            [
                "report  .json", "script  .json", "subtitles en .ass", "subtitles en .srt", "subtitles en .vtt", "subtitles es .ass", "subtitles es .srt", "subtitles es .vtt",
                "subtitles es-en .ass", "subtitles es-en .srt", "subtitles es-en .vtt", "video es .mp4",
            ],
            result.Artifacts.Select(artifact => $"{artifact.Kind} {artifact.Language} {Path.GetExtension(artifact.Path)}").Order());
        Assert.Matches("(?s)joven.*young man", await File.ReadAllTextAsync(Path.Combine(request.OutputFolder, "clip.es-en.srt")));
        await CheckTracksAsync(result.Main.Path);
        await CheckReportAsync(result, request);
        CheckProgress(told);
        Assert.Contains("joven", await RecognizeAsync(result.Main.Path));
    }

    static async Task CheckTracksAsync(string path)
    {
        var run = await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-show_streams", "-of", "json", path]);
        var streams = JsonNode.Parse(run.Output)!["streams"]!.AsArray();
        string[] Languages(string type) => [.. streams.Where(s => (string?)s!["codec_type"] == type).Select(s => (string)s!["tags"]!["language"]!)];
        Assert.Equal(["spa", "eng"], Languages("audio"));
        Assert.Equal(["spa", "eng"], Languages("subtitle"));
    }

    static async Task CheckReportAsync(DubbingResult result, DubbingRequest request)
    {
        var report = result.Report;
        Assert.True(report.Picture!.Untouched);
        Assert.Equal(("en", "es"), (report.SourceLanguage, result.Only().Language));
        Assert.Equal(["background", "recognition"], report.Engines.Keys.Order());
        Assert.Equal(["speech", "translation"], result.Only().Engines.Keys.Order());
        Assert.All(["transcribing", "translating", "synthesizing", "assembling"], stage => Assert.True(report.StageSeconds[stage] > 0, stage));
        Assert.Equal((2, 2, 0), (result.Only().Lines.Total, result.Only().Lines.Placed, result.Only().Lines.Overlaps));
        // Both are shorter in Spanish, and are spoken as much slower as lines are at most.
        Assert.Equal((0, 2, 0.9), (result.Only().Lines.SpedUp, result.Only().Lines.Slowed, result.Only().Lines.TempoMost));
        Assert.Equal(result.Only().Loudness!.SourceLufs!.Value, result.Only().Loudness!.OutputLufs!.Value, 1.0);
        Assert.InRange(result.Only().Loudness!.TruePeakDb, -60, Dub.UsualCeilingDb + 0.5);
        Assert.Contains(report.Notes, note => note.StartsWith("Translation by apertium"));
        Assert.Contains(report.Notes, note => note.Contains("Better: octavia models add whisper-small"));
        // A man reads.
        Assert.StartsWith("em_", Assert.Single(result.Only().Voices).Value);
        var script = JsonSerializer.Deserialize(await File.ReadAllTextAsync(Path.Combine(request.OutputFolder, "clip.script.json")), ScriptJson.Readable.Script)!;
        Assert.Contains("young man", script.Utterances[0].Text);
        Assert.Equal(1.0, script.Utterances[0].Start, 0.5);
        Assert.Equal(4.5, script.Utterances[1].Start, 0.5);
    }

    static void CheckProgress(List<DubbingProgress> told)
    {
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second.Percentage >= pair.First.Percentage && pair.Second.Phase >= pair.First.Phase));
        Assert.Equal((Phase.Assembling, 100), (told[^1].Phase, told[^1].Percentage));
        Assert.All(told, p => Assert.InRange(p.Percentage, (int)p.Phase * 30, p.Phase == Phase.Assembling ? 100 : (int)p.Phase * 30 + 30));
    }

    static async Task<string> RecognizeAsync(string path)
    {
        var store = new ModelStore(new ModelStoreOptions());
        using var whisper = WhisperSpeechToTextClient.Open(await store.GetAsync("whisper-base"), await store.GetAsync("silero-vad"));
        var run = ChildProcess.Open("ffmpeg", ["-nostdin", "-v", "error", "-i", path, "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-f", "wav", "pipe:1"], default);
        await using var _ = run;
        var response = await whisper.GetTextAsync(run.Stream, new SpeechToTextOptions { SpeechLanguage = "es" });
        return response.Text;
    }

    [Fact]
    public async Task A_run_that_was_stopped_goes_on_where_it_was_and_stops_at_once()
    {
        using var stop = new CancellationTokenSource();
        var saved = new List<string>();
        var watch = new Stopwatch();
        var request = fixture.Request(media.Clip) with
        {
            Checkpoint = async (files, _) =>
            {
                saved.AddRange(files);
                if (!files.Any(file => file.StartsWith("takes/", StringComparison.Ordinal))) return;
                watch.Start();
                await stop.CancelAsync();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Dubber.RunAsync(request, null, stop.Token));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 2);
        Assert.All(saved, file => Assert.True(File.Exists(Path.Combine(request.WorkFolder, file)), file));
        Assert.Empty(Directory.GetFileSystemEntries(request.OutputFolder));

        var result = await fixture.Dubber.RunAsync(request with { Checkpoint = null }, null, default);
        Assert.InRange(result.Only().Lines.Reused, 1, 2);
        Assert.Equal(2, result.Only().Lines.Placed);

        var again = await fixture.Dubber.RunAsync(request with { Checkpoint = null }, null, default);
        Assert.Equal(2, again.Only().Lines.Reused);
        Assert.Equal(0, again.Report.StageSeconds.GetValueOrDefault("transcribing"));
    }

    [Theory]
    [InlineData("silent.mp4", "input.no_speech")]
    [InlineData("mute.mp4", "input.no_audio")]
    [InlineData("empty.mp4", "input.empty")]
    [InlineData("text.mp4", "input.not_media")]
    [InlineData("cut.mp4", "input.damaged")]
    [InlineData("cut-faststart.mp4", "input.damaged")]
    [InlineData("cut-clip.webm", "input.damaged")]
    public async Task Bad_input_is_refused_with_its_reason_and_leaves_no_result(string name, string code)
    {
        var request = fixture.Request(name);
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default));
        Assert.Equal((code, FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
        Assert.Empty(Directory.GetFiles(request.OutputFolder));
    }

    [Fact]
    public async Task A_run_that_is_stopped_while_it_writes_leaves_no_result()
    {
        using var stop = new CancellationTokenSource();
        var request = fixture.Request(media.Clip);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Dubber.RunAsync(request, new StopAt("Writing the result", stop), stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(request.OutputFolder));
        Assert.Empty(Directory.GetFiles(request.WorkFolder, "*.partial", SearchOption.AllDirectories));
    }

    sealed class StopAt(string step, CancellationTokenSource stop) : IProgress<DubbingProgress>
    {
        public void Report(DubbingProgress value)
        {
            if (value.Step == step) stop.Cancel();
        }
    }

    [Theory]
    [InlineData("clip.mkv", ".mkv")]
    [InlineData("clip.mov", ".mp4")]
    [InlineData("clip.avi", ".mkv")]
    public async Task Other_containers_are_dubbed_too(string name, string extension)
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request(name) with { Name = "Ein Film", Voice = "ef_dora" }, null, default);
        Assert.Equal("Ein Film.es" + extension, Path.GetFileName(result.Main.Path));
        Assert.True(result.Report.Picture!.Untouched);
        Assert.Equal(2, result.Only().Lines.Placed);
        Assert.Equal("ef_dora", Assert.Single(result.Only().Voices).Value);
        await CheckTracksAsync(result.Main.Path);
    }

    [Fact]
    public async Task A_refusal_says_the_name_that_people_know()
    {
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(fixture.Request("silent.mp4") with { Name = "Urlaub" }, null, default));
        Assert.StartsWith("Nobody speaks in Urlaub,", e.Message);
    }

    [Theory]
    [InlineData("en", "klingon", "language.unknown")]
    [InlineData("en", "en", "language.pair_unsupported")]
    public async Task Languages_that_cannot_be_are_refused(string from, string to, string code)
    {
        var request = fixture.Request(media.Clip) with { SourceLanguage = from, TargetLanguages = [to] };
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default));
        Assert.Equal((code, FailureKind.Usage), (e.Failure.Code, e.Failure.Kind));
    }

    [Fact]
    public async Task Sound_alone_is_dubbed_to_sound()
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request("speech.m4a"), null, default);
        Assert.Equal(("audio", ".m4a"), (result.Main.Kind, Path.GetExtension(result.Main.Path)));
        Assert.Null(result.Report.Picture);
        Assert.Equal(2, (await MediaProbe.ProbeAsync(result.Main.Path, default)).Audio.Count);
    }

    [Fact]
    public async Task Where_no_natural_voice_speaks_the_language_espeak_does()
    {
        var result = await fixture.Dubber.RunAsync(fixture.Request("speech.m4a") with { TargetLanguages = ["ca"] }, null, default);
        Assert.StartsWith("espeak", result.Only().Engines["speech"], StringComparison.Ordinal);
        Assert.Equal((2, 2), (result.Only().Lines.Total, result.Only().Lines.Placed));
        Assert.StartsWith("ca", Assert.Single(result.Only().Voices).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_woman_and_a_man_get_a_voice_each()
    {
        var folder = Directory.CreateDirectory(media.At($"dialogue-{Guid.NewGuid():N}")).FullName;
        var sound = new List<float>();
        using (var kokoro = new Octavia.Dubbing.Speech.KokoroTextToSpeechClient(TestFiles.At("models/kokoro")))
        {
            (string Voice, string Text)[] lines =
            [
                ("af_heart", "Welcome back, today we are going to build a small table together."),
                ("am_michael", "Can you tell me where the nearest station is, please?"),
                ("af_heart", "Please turn off all the lights before you leave the house."),
                ("am_michael", "The weather was beautiful, so we decided to walk home."),
            ];
            foreach (var (voice, text) in lines)
            {
                var response = await kokoro.GetAudioAsync(text, new TextToSpeechOptions { VoiceId = voice });
                sound.AddRange(Wav.Read(response.Contents.OfType<DataContent>().Single().Data.Span).Samples);
                sound.AddRange(new float[12_000]);
            }
        }
        var clip = Path.Combine(folder, "dialogue.wav");
        await File.WriteAllBytesAsync(clip, Wav.ToBytes(sound.ToArray(), 24_000));

        var result = await fixture.Dubber.RunAsync(fixture.Request(clip), null, default);
        Assert.Equal(["ef_", "em_"], result.Only().Voices.Values.Select(voice => voice[..3]).Order());
    }

    sealed class Collector(List<DubbingProgress> told) : IProgress<DubbingProgress>
    {
        public void Report(DubbingProgress value) => told.Add(value);
    }
}
