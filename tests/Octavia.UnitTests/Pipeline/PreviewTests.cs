using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class PreviewTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task The_whole_goes_on_where_a_part_of_the_beginning_ended()
    {
        var request = fixture.Request(await LongAsync());
        var saved = new List<string>();
        var part = await fixture.Dubber.RunAsync(
            request with { Span = new(0, 20), Checkpoint = (files, _) => { saved.AddRange(files); return Task.CompletedTask; } }, null, default);
        Assert.EndsWith(".preview.es.mp4", part.Main.Path, StringComparison.Ordinal);
        Assert.Equal(20, part.Report.DurationSeconds);
        Assert.Equal(20, (await MediaProbe.ProbeAsync(part.Main.Path, default)).DurationSeconds, 0.5);
        Assert.True(part.Only().Lines.Placed > 1);
        // What the whole goes on with was told to who keeps it.
        var kept = await ReadAsync(request);
        Assert.Equal(ScriptStore.FileName, saved[^1]);
        Assert.False(kept.Recognized);
        Assert.InRange(kept.Utterances.Count, 1, part.Only().Lines.Total);
        Assert.All(kept.Utterances, line => Assert.InRange(line.End, 0, 20 - 1.5));
        Assert.Equal(kept.Utterances[^1].End, kept.RecognizedUntil);

        var whole = await fixture.Dubber.RunAsync(request, null, default);
        Assert.Equal((await MediaProbe.ProbeAsync(request.Input, default)).DurationSeconds, whole.Report.DurationSeconds, 0.01);
        Assert.True(whole.Only().Lines.Total > part.Only().Lines.Total);
        Assert.InRange(whole.Only().Lines.Reused, 1, kept.Utterances.Count);
        Assert.True(whole.Report.Picture!.Untouched);
        var lines = await ReadAsync(request);
        Assert.All(kept.Utterances.Zip(lines.Utterances), pair => Assert.True(pair.First.IsSameAs(pair.Second)));
    }

    [Fact]
    public async Task What_was_heard_stays_also_where_somebody_speaks_on_without_a_pause()
    {
        var path = media.At($"reading-{Guid.NewGuid():N}.wav");
        string[] names = ["0870", "0880", "0890", "0920", "0930"];
        await TestMedia.MakeAsync([.. names.SelectMany(name => new[] { "-i", TestFiles.At($"tests/media/librivox/{name}.wav") }), "-filter_complex", "concat=n=5:v=0:a=1", path]);
        var request = fixture.Request(path) with { TargetLanguages = ["es", "ca"] };
        await fixture.Dubber.RunAsync(request with { Span = new(0, 15) }, null, default);
        var kept = (await ReadAsync(request)).Utterances;
        Assert.NotEmpty(kept);
        Assert.All(kept, line => Assert.True(line.WasHeard));
        var whole = await fixture.Dubber.RunAsync(request, null, default);
        Assert.All(whole.Report.Versions, version => Assert.InRange(version.Lines.Reused, 1, kept.Count));
        Assert.All(whole.Report.Versions, version => Assert.Equal(0, version.Lines.Overlaps));
    }

    [Fact]
    public async Task A_part_from_the_middle_begins_at_its_beginning()
    {
        var request = fixture.Request(await LongAsync());
        var part = await fixture.Dubber.RunAsync(request with { Span = new(30, 15) }, null, default);
        var made = await MediaProbe.ProbeAsync(part.Main.Path, default);
        Assert.Equal(15, made.DurationSeconds, 0.5);
        Assert.NotNull(made.Video);
        Assert.True(part.Only().Lines.Placed > 0);
        Assert.All((await ReadAsync(request, "script.part.json")).Utterances, line => Assert.InRange(line.End, 0, 15));
        // What the whole would go on from is not touched.
        Assert.False(File.Exists(Path.Combine(request.WorkFolder, ScriptStore.FileName)));
    }

    [Fact]
    public async Task The_whole_has_all_lines_also_where_a_part_was_cancelled()
    {
        var request = fixture.Request(await LongAsync());
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.Dubber.RunAsync(
            request with { Span = new(0, 20), Checkpoint = async (_, _) => { if ((await ReadAsync(request)).Recognized) await cancel.CancelAsync(); } }, null, cancel.Token));
        Assert.True((await ReadAsync(request)).Recognized);
        await fixture.Dubber.RunAsync(request, null, default);
        var other = fixture.Request(request.Input);
        await fixture.Dubber.RunAsync(other, null, default);
        var (lines, others) = ((await ReadAsync(request)).Utterances, (await ReadAsync(other)).Utterances);
        Assert.InRange(others[^1].End, 48, 57);
        Assert.All(others, line => Assert.Contains(lines, mine => mine.Start < line.End && mine.End > line.Start));
    }

    [Fact]
    public async Task Silence_at_the_beginning_says_nothing_of_the_whole()
    {
        var path = media.At($"late-{Guid.NewGuid():N}.wav");
        await TestMedia.MakeAsync(["-i", media.Clip, "-vn", "-af", "adelay=8000:all=1", path]);
        var request = fixture.Request(path);
        var error = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(request with { Span = new(0, 6) }, null, default));
        Assert.Equal("input.no_speech", error.Failure.Code);
        Assert.True((await fixture.Dubber.RunAsync(request, null, default)).Only().Lines.Placed > 0);
    }

    [Fact]
    public async Task A_shorter_part_takes_nothing_from_a_longer_one()
    {
        var request = fixture.Request(await LongAsync());
        await fixture.Dubber.RunAsync(request with { Span = new(0, 30) }, null, default);
        var kept = (await ReadAsync(request)).Utterances;
        var part = await fixture.Dubber.RunAsync(request with { Span = new(0, 12) }, null, default);
        Assert.InRange(part.Only().Lines.Total, 1, kept.Count - 1);
        Assert.Equal(kept.Select(line => (line.Id, line.Take?.Hash)), (await ReadAsync(request)).Utterances.Select(line => (line.Id, line.Take?.Hash)));
    }

    [Theory]
    [InlineData(0, 0.5, "span.invalid")]
    [InlineData(-1, 10, "span.invalid")]
    [InlineData(0, double.NaN, "span.invalid")]
    [InlineData(1000, 10, "input.span_outside")]
    public async Task A_part_that_is_none_is_refused(double start, double seconds, string code)
    {
        var error = await Assert.ThrowsAsync<DubbingException>(() => fixture.Dubber.RunAsync(fixture.Request(media.Clip) with { Span = new(start, seconds) }, null, default));
        Assert.Equal(code, error.Failure.Code);
    }

    /// <summary>The clip seven times: 56 seconds, two lines in each eight.</summary>
    async Task<string> LongAsync()
    {
        var path = media.At($"long-{Guid.NewGuid():N}.mp4");
        await TestMedia.MakeAsync(["-stream_loop", "6", "-i", media.Clip, "-map", "0:v", "-map", "0:a", "-map_chapters", "-1", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", path]);
        return path;
    }

    static async Task<Script> ReadAsync(DubbingRequest request, string name = ScriptStore.FileName) =>
        JsonSerializer.Deserialize(await File.ReadAllTextAsync(Path.Combine(request.WorkFolder, name)), ScriptJson.Readable.Script)!;
}
