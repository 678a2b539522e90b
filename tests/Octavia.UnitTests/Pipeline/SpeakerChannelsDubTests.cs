using System.Globalization;
using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Scripts;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>Sound with a speaker on each channel, and sound that only looks like it.</summary>
public sealed class SpeakerChannelsDubTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task Two_who_talk_at_once_on_two_channels_are_both_heard_and_dubbed_there()
    {
        var request = fixture.Request(await MakeAsync("at-once", 1.5));
        var result = await fixture.Dubber.RunAsync(request, null, default);
        var lines = (await ScriptAsync(request)).Utterances;

        Assert.Equal([(1, "S1", 0), (2, "S2", 1)], lines.Select(line => (line.Id, line.Speaker!, line.Channel!.Value)));
        Assert.Contains("had then leisure to consider", lines[0].Text);
        Assert.Contains("rather selfish", lines[1].Text);
        Assert.True(lines[1].Start < lines[0].End - 2 && lines[1].Placement!.Start < lines[0].Placement!.End - 2);
        Assert.Equal((2, 0), (result.Only().Lines.Placed, result.Only().Lines.Flagged));
        // Before the second speaker begins, his channel is as silent as it was.
        var (left, right) = (await ChannelAsync(result.Main.Path, 0), await ChannelAsync(result.Main.Path, 1));
        Assert.InRange(Sound.Level(left.AsSpan(0, 16000)), 0.01, 1);
        Assert.InRange(Sound.Level(right.AsSpan(0, 16000)), 0, 0.0005);
    }

    [Fact]
    public async Task A_run_that_was_stopped_between_two_channels_hears_what_is_left()
    {
        var request = fixture.Request(await MakeAsync("resumed", 1.5, again: true), DubbingTask.Transcribe);
        var saved = new List<Script>();
        await fixture.Dubber.RunAsync(request with { Checkpoint = async (_, _) => saved.Add(await ScriptAsync(request)) }, null, default);
        var whole = (await ScriptAsync(request)).Utterances;
        Assert.Equal([0, 1, 0], whole.Select(line => line.Channel!.Value));
        // Wherever it is stopped, it says of no line that it is known before it is.
        Assert.All(saved, script => Assert.All(whole.Where(line => line.Start < script.RecognizedUntil), line => Assert.Contains(script.Utterances, line.IsSameAs)));

        // As the document stands once the first line is known: it ends long after the second begins.
        var path = Path.Combine(request.WorkFolder, ScriptStore.FileName);
        var script = JsonSerializer.Deserialize(await File.ReadAllTextAsync(path), ScriptJson.Readable.Script)!;
        (script.Recognized, script.RecognizedUntil) = (false, whole[0].Start);
        script.Utterances.RemoveRange(1, 2);
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(script, ScriptJson.Readable.Script));
        await fixture.Dubber.RunAsync(request, null, default);

        var resumed = (await ScriptAsync(request)).Utterances;
        Assert.Equal(whole.Select(line => (line.Id, line.Speaker, line.Channel, line.Text)), resumed.Select(line => (line.Id, line.Speaker, line.Channel, line.Text)));
        Assert.All(whole.Zip(resumed), pair => Assert.Equal(pair.First.Start, pair.Second.Start, 0.1));
    }

    [Fact]
    public async Task A_voice_in_the_middle_with_music_on_the_sides_is_heard_as_before()
    {
        var path = media.At("middle.wav");
        await TestMedia.MakeAsync([
            "-i", Clip("0870"), "-f", "lavfi", "-i", "sine=f=220:r=16000:d=8", "-f", "lavfi", "-i", "sine=f=330:r=16000:d=8",
            "-filter_complex", "[0]asplit[a][b];[1]volume=-18dB[c];[2]volume=-18dB[d];[a][c]amix=normalize=0[l];[b][d]amix=normalize=0[r];[l][r]join=inputs=2:channel_layout=stereo", path,
        ]);
        var request = fixture.Request(path, DubbingTask.Transcribe);
        await fixture.Dubber.RunAsync(request, null, default);
        var line = Assert.Single((await ScriptAsync(request)).Utterances);
        Assert.Null(line.Channel);
        Assert.Contains("leisure to consider", line.Text);
    }

    // The one reader on the left, from 0 s, and at 9 s once more where asked; the other sentence on the right.
    async Task<string> MakeAsync(string name, double second, bool again = false)
    {
        var path = media.At(name + ".wav");
        var left = again ? "[0]asplit[x][y];[y]adelay=9000[z];[x][z]amix=normalize=0,apad=whole_dur=17[l]" : "[0]apad=whole_dur=9[l]";
        var delay = (1000 * second).ToString(CultureInfo.InvariantCulture);
        await TestMedia.MakeAsync([
            "-i", Clip("0870"), "-i", Clip("0890"),
            "-filter_complex", $"{left};[1]adelay={delay},apad=whole_dur={(again ? 17 : 9)}[r];[l][r]join=inputs=2:channel_layout=stereo", path,
        ]);
        return path;
    }

    static string Clip(string name) => TestFiles.At($"tests/media/librivox/{name}.wav");

    static async Task<Script> ScriptAsync(DubbingRequest request) => JsonSerializer.Deserialize(
        await File.ReadAllTextAsync(Path.Combine(request.WorkFolder, ScriptStore.FileName)), ScriptJson.Readable.Script)!;

    async Task<float[]> ChannelAsync(string path, int channel)
    {
        var alone = media.At($"channel-{Guid.NewGuid():N}.wav");
        await TestMedia.MakeAsync(["-i", path, "-map", "0:a:0", "-af", $"pan=mono|c0=c{channel}", alone]);
        return Sound.Decode(alone, 16000);
    }
}
