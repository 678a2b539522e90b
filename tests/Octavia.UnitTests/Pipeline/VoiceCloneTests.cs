using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Pipeline;
using Octavia.UnitTests.Media;
using Octavia.UnitTests.Speech;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>Dubs in clones of the speakers' voices, which are gone when the run is over.</summary>
public sealed class VoiceCloneTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>, IAsyncLifetime
{
    static readonly DateTimeOffset Consent = new(2026, 11, 28, 1, 2, 3, TimeSpan.Zero);
    CloneStandIn server = null!;
    Dubber dubber = null!;

    public async ValueTask InitializeAsync()
    {
        server = await CloneStandIn.StartAsync();
        var options = new EngineOptions { Models = new ModelStoreOptions { Offline = true } };
        options.Cloud.FirstPause = TimeSpan.FromMilliseconds(10);
        SpeechProtocol.ElevenLabs.Configure(options, server.Address);
        dubber = new Dubber(options);
    }

    public async ValueTask DisposeAsync()
    {
        await dubber.DisposeAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_dub_speaks_in_a_clone_of_the_speaker_that_is_deleted_afterwards()
    {
        var result = await dubber.RunAsync(Request(), null, default);
        Assert.Equal((2, 0), (result.Only().Lines.Placed, result.Only().Lines.Flagged));
        Assert.All(server.Asked, question => Assert.Equal("clone1", question.Voice));
        Assert.Equal("clone of S1", Assert.Single(result.Only().Voices).Value);
        Assert.Empty(server.Clones);

        var clone = Assert.Single(result.Report.Clones!.Voices);
        Assert.Equal((Consent, "ann@example.org", "S1", "clone1", true, null), (result.Report.Clones.ConsentGiven, result.Report.Clones.ConsentBy, clone.Speaker, clone.Voice, clone.Deleted, clone.Problem));
        // The two sentences without the silence around them.
        var (samples, rate) = Assert.Single(server.Samples);
        Assert.Equal((MediaDecoder.MixRate, clone.SampleSeconds), (rate, Math.Round((double)samples.Length / rate, 1)));
        Assert.InRange(clone.SampleSeconds, 3.5, 6);
        Assert.InRange(Sound.Level(samples), 0.7 * Sound.Level(Sound.Decode(media.Clip, rate, 1, 4)), 10);
    }

    [Fact]
    public async Task Nothing_is_cloned_without_consent()
    {
        var failure = (await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(Request() with { ConsentGiven = null }, null, default))).Failure;
        Assert.Equal(("clone.no_consent", FailureKind.Usage), (failure.Code, failure.Kind));
        var result = await dubber.RunAsync(Request() with { CloneVoices = false }, null, default);
        Assert.Null(result.Report.Clones);
        Assert.Empty(server.Samples);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(500)]
    public async Task A_voice_that_cannot_be_cloned_is_one_of_the_library_with_a_flag_and_nothing_is_left(int status)
    {
        server.CloneStatus = status;
        var result = await dubber.RunAsync(Request(), null, default);
        Assert.Equal(2, result.Only().Lines.Placed);
        Assert.StartsWith("1 voice: The voice could not be cloned: ", Assert.Single(result.Only().Lines.Flags), StringComparison.Ordinal);
        Assert.StartsWith("v", Assert.Single(result.Only().Voices).Value, StringComparison.Ordinal);
        Assert.Contains(result.Report.Notes, note => note.StartsWith("The voice of S1 was not cloned. ", StringComparison.Ordinal));
        Assert.Equal((null, true), (result.Report.Clones!.Voices[0].Voice, result.Report.Clones.Voices[0].Deleted));
        Assert.Empty(server.Clones);
    }

    [Fact]
    public async Task An_engine_that_cannot_clone_speaks_with_its_own_voices_and_says_so()
    {
        var result = await dubber.RunAsync(Request() with { Speech = "espeak" }, null, default);
        Assert.Equal((2, 1), (result.Only().Lines.Placed, result.Only().Lines.Flagged));
        Assert.Contains("cannot clone voices", result.Report.Clones!.Voices[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_fails_leaves_no_clone()
    {
        server.DisturbSpeech = (_, context) => SpeechProtocol.ElevenLabs.RefuseAsync(context, 401);
        await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(Request(), null, default));
        Assert.Single(server.Samples);
        Assert.Empty(server.Clones);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_leaves_no_clone()
    {
        using var stop = new CancellationTokenSource();
        server.DisturbSpeech = async (_, _) =>
        {
            await stop.CancelAsync();
            return false;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dubber.RunAsync(Request(), null, stop.Token));
        Assert.Single(server.Samples);
        Assert.Empty(server.Clones);
    }

    [Fact]
    public async Task A_clone_that_cannot_be_deleted_is_told()
    {
        server.DeleteStatus = 400;
        var result = await dubber.RunAsync(Request(), null, default);
        var name = Assert.Single(server.Clones).Value;
        Assert.Contains(result.Report.Notes, note => note.Contains(name, StringComparison.Ordinal) && note.Contains("could not be deleted", StringComparison.Ordinal));
        Assert.False(result.Report.Clones!.Voices[0].Deleted);
    }

    [Fact]
    public async Task What_a_run_that_was_killed_left_behind_is_deleted_by_the_next_and_its_takes_are_used_again()
    {
        var request = Request();
        var saved = new List<string>();
        server.DeleteStatus = 400;
        await dubber.RunAsync(
            request with
            {
                Checkpoint = (files, _) =>
                {
                    saved.AddRange(files);
                    return Task.CompletedTask;
                },
            },
            null, default);
        Assert.Contains(VoiceClones.FileName, saved);
        Assert.Single(server.Clones);

        server.DeleteStatus = 200;
        server.Asked.Clear();
        var result = await dubber.RunAsync(request, null, default);
        Assert.Empty(server.Clones);
        Assert.Empty(await File.ReadAllTextAsync(Path.Combine(request.WorkFolder, VoiceClones.FileName)));
        Assert.Equal((2, 0), (result.Only().Lines.Reused, server.Asked.Count));
    }

    DubbingRequest Request() => fixture.Request(media.Clip) with { Speech = "elevenlabs", CloneVoices = true, ConsentGiven = Consent, ConsentBy = "ann@example.org" };
}
