using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Cli;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>Dubs that speak several languages: one by a natural voice, one by espeak-ng.</summary>
public class SeveralLanguagesTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task One_file_speaks_all_languages()
    {
        var request = Request(media.Clip) with { SourceLanguage = "auto", Bilingual = true };
        var told = new List<DubbingProgress>();
        var result = await fixture.Dubber.RunAsync(request, new Collector(told), default);

        Assert.Equal(("video", "es-ca", "clip.es-ca.mp4"), (result.Main.Kind, result.Main.Language, Path.GetFileName(result.Main.Path)));
        Assert.Equal(
            ["clip.ca-en.srt", "clip.ca.script.json", "clip.ca.srt", "clip.en.srt", "clip.es-ca.mp4", "clip.es-en.srt", "clip.es.script.json", "clip.es.srt", "clip.report.json"],
            result.Artifacts.Select(artifact => Path.GetFileName(artifact.Path)).Where(name => !name.EndsWith(".vtt", StringComparison.Ordinal) && !name.EndsWith(".ass", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(["spa", "cat", "eng"], await CliProcess.LanguagesAsync(result.Main.Path, "audio"));
        Assert.Equal(["spa", "cat", "eng"], await CliProcess.LanguagesAsync(result.Main.Path, "subtitle"));
        CheckReport(result);
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second.Percentage >= pair.First.Percentage));
        Assert.Contains(told, progress => progress.Step.StartsWith("Catalan: Spoke", StringComparison.Ordinal));
        Assert.Equal(100, told[^1].Percentage);
        Assert.Matches("(?s)No va ser.*young man", await File.ReadAllTextAsync(Path.Combine(request.OutputFolder, "clip.ca-en.srt")));
        var (spanish, catalan) = (await ScriptAsync(request, "es"), await ScriptAsync(request, "ca"));
        Assert.Equal(("es", "ca", "en"), (spanish.TargetLanguage, catalan.TargetLanguage, catalan.SourceLanguage));
        Assert.All(spanish.Utterances.Zip(catalan.Utterances), pair => Assert.True(pair.First.IsSameAs(pair.Second)));
        Assert.Equal(4, spanish.Utterances.Concat(catalan.Utterances).Select(line => line.Take!.File).Distinct().Count());
    }

    static void CheckReport(DubbingResult result)
    {
        var report = result.Report;
        Assert.True(report.Picture!.Untouched);
        Assert.Equal(["es", "ca"], report.Versions.Select(version => version.Language));
        Assert.All(report.Versions, version => Assert.Equal((2, 2, 0), (version.Lines.Total, version.Lines.Placed, version.Lines.Overlaps)));
        Assert.Equal(["kokoro", "espeak"], report.Versions.Select(version => version.Engines["speech"].Split(' ')[0]));
        Assert.Equal(["em_", "ca"], report.Versions.Select(version => Assert.Single(version.Voices).Value).Select((voice, i) => voice[..(3 - i)]));
        Assert.All(report.Versions, version => Assert.Equal(version.Loudness!.SourceLufs!.Value, version.Loudness.OutputLufs!.Value, 1.0));
        Assert.Contains(report.Notes, note => note.StartsWith("Translation into Catalan by apertium", StringComparison.Ordinal));
        Assert.Contains(report.Notes, note => note.StartsWith("Speech in Spanish by kokoro", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(".ca-")]
    [InlineData("-")]
    public async Task A_run_that_was_stopped_goes_on_in_each_language(string take)
    {
        using var stop = new CancellationTokenSource();
        var (saved, running) = (new HashSet<string>(), 0);
        var request = Request(media.Clip) with
        {
            Checkpoint = async (files, _) =>
            {
                Assert.Equal(1, Interlocked.Increment(ref running));
                saved.UnionWith(files);
                if (files.Any(file => file.StartsWith("takes/0001" + take, StringComparison.Ordinal))) await stop.CancelAsync();
                Interlocked.Decrement(ref running);
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Dubber.RunAsync(request, null, stop.Token));
        Assert.Superset(new HashSet<string> { "script.json", "script.ca.json" }, saved);
        Assert.All(saved, file => Assert.True(File.Exists(Path.Combine(request.WorkFolder, file)), file));

        var result = await fixture.Dubber.RunAsync(request with { Checkpoint = null }, null, default);
        Assert.InRange(result.Report.Versions[take == "-" ? 0 : 1].Lines.Reused, 1, 2);
        Assert.All(result.Report.Versions, version => Assert.Equal(2, version.Lines.Placed));
    }

    [Fact]
    public async Task A_language_whose_script_is_lost_or_behind_is_made_from_what_was_recognised()
    {
        var request = Request("speech.m4a");
        var sound = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal(("audio", "speech.es-ca.m4a"), (sound.Main.Kind, Path.GetFileName(sound.Main.Path)));
        Assert.Equal(["spa", "cat", "eng"], await CliProcess.LanguagesAsync(sound.Main.Path, "audio"));

        var path = Path.Combine(request.WorkFolder, "script.ca.json");
        var script = JsonSerializer.Deserialize(await File.ReadAllTextAsync(path), ScriptJson.Readable.Script)!;
        // A line that recognition does not know, and one that it knows otherwise.
        script.Utterances.Add(new Utterance { Id = 3, Start = 7, End = 7.5, Text = "Never said." });
        var second = script.Utterances[1];
        script.Utterances[1] = new Utterance { Id = 2, Start = second.Start, End = second.End, Text = "Heard otherwise.", Speaker = second.Speaker, Take = second.Take };
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(script, ScriptJson.Readable.Script));
        var behind = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal([(2, 2), (2, 1)], behind.Report.Versions.Select(version => (version.Lines.Placed, version.Lines.Reused)));

        File.Delete(path);
        var lost = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal([(2, 2), (2, 0)], lost.Report.Versions.Select(version => (version.Lines.Placed, version.Lines.Reused)));
        Assert.Equal(0, lost.Report.StageSeconds.GetValueOrDefault("transcribing"));
    }

    [Fact]
    public async Task The_first_language_is_the_one_that_is_drawn()
    {
        var request = Request("clip.webm") with { BurnIn = true };
        var result = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal(".mkv", Path.GetExtension(result.Main.Path));
        Assert.Equal(3, (await MediaProbe.ProbeAsync(result.Main.Path, default)).Audio.Count);
        Assert.Contains("joven", await File.ReadAllTextAsync(Path.Combine(request.WorkFolder, "burn-in.ass")));
    }

    [Theory]
    [InlineData("auto", "en", "The source already speaks English")]
    [InlineData("en", "en", "The source already speaks English")]
    [InlineData("auto", "ja", "English to Japanese cannot be translated here")]
    [InlineData("en", "ja", "English to Japanese cannot be translated here")]
    [InlineData("en", "Spanish", "Spanish is named twice")]
    public async Task One_language_that_cannot_be_is_told_before_anything_is_spoken(string from, string other, string sentence)
    {
        var request = fixture.Request(media.Clip) with { SourceLanguage = from, TargetLanguages = ["es", other] };
        var e = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default));
        Assert.Equal(FailureKind.Usage, e.Failure.Kind);
        Assert.StartsWith(sentence, e.Message);
        if (Directory.Exists(request.WorkFolder)) Assert.Empty(Directory.GetFiles(request.WorkFolder, "*.wav", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_text_is_made_in_one_language_at_a_time()
    {
        var request = await fixture.RequestAsync("note.txt", "Hello.", DubbingTask.Translate) with { TargetLanguages = ["es", "ca"] };
        Assert.Equal("language.several", (await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request, null, default))).Failure.Code);
    }

    [Fact]
    public void A_stage_is_done_as_far_as_all_versions_are_and_never_goes_back()
    {
        var told = new List<DubbingProgress>();
        var run = new RunProgress(new Collector(told), null);
        var (first, second) = (run.ForVersion("Spanish"), run.ForVersion("Catalan"));
        run.Report(Phase.Transcribing, 1, "Recognised");
        first.Report(Phase.Translating, 1, "Translated");
        second.Report(Phase.Translating, 0.5, "Translated");
        second.Report(Phase.Translating, 0.1, "Translated");
        foreach (var version in new[] { first, second })
            foreach (var phase in new[] { Phase.Translating, Phase.Synthesizing }) version.Report(phase, 1, "Done");
        run.Report(Phase.Assembling, 1, "Written");
        Assert.Equal([30, 45, 52.5, 52.5], told.Take(4).Select(progress => progress.Percentage));
        Assert.Equal((100, "Written"), (told[^1].Percentage, told[^1].Step));
        Assert.Equal("Catalan: Translated", told[2].Step);
    }

    DubbingRequest Request(string input) => fixture.Request(input) with { TargetLanguages = ["es", "ca"] };

    static async Task<Script> ScriptAsync(DubbingRequest request, string language) =>
        JsonSerializer.Deserialize(await File.ReadAllTextAsync(Path.Combine(request.OutputFolder, $"clip.{language}.script.json")), ScriptJson.Readable.Script)!;

    sealed class Collector(List<DubbingProgress> told) : IProgress<DubbingProgress>
    {
        public void Report(DubbingProgress value) => told.Add(value);
    }
}
