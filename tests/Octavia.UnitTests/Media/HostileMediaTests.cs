using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Speech;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.UnitTests.Media;

/// <summary>What strangers send, seen by the engine: it is decoded to its end, or the failure says why not.</summary>
public class HostileMediaTests
{
    // Far more than any of the limits that end it.
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Files_that_are_cut_off_end_in_peace_or_say_why() => await DecodedAsync(await HostileMedia.CutAsync(points: 5));

    [Fact]
    public async Task Files_with_flipped_bits_end_in_peace_or_say_why() => await DecodedAsync(await HostileMedia.FlippedAsync(seed: 2, count: 27));

    [Fact]
    public async Task Files_that_lie_end_in_peace_or_say_why() => await DecodedAsync([.. await HostileMedia.DisguisedAsync(), .. await HostileMedia.ExtremeAsync()]);

    [Fact]
    public async Task Odd_files_end_in_peace_or_say_why()
    {
        var folder = TestFiles.Shared("media/odd");
        await DecodedAsync([.. Directory.EnumerateFiles(folder).Where(x => new FileInfo(x).Length < 2 << 20).Select(x => new HostileFile(Path.GetFileName(x), x))]);
    }

    [Fact]
    public async Task Lists_are_no_media_and_nobody_is_called()
    {
        using var ear = new Ear();
        foreach (var list in HostileMedia.Lists(await SecretAsync(), ear.Address)) Assert.Equal("input.not_media", await DecodeAsync(list));
        Assert.Equal(0, ear.Calls);
    }

    [Fact]
    public async Task A_voice_service_that_answers_with_a_list_has_nothing_opened()
    {
        using var ear = new Ear();
        var voice = new Voice("x", "es", Gender.Female, null, "X");
        foreach (var list in HostileMedia.Lists(await SecretAsync(), ear.Address))
        {
            var fitter = new LineFitter(new Sending(await File.ReadAllBytesAsync(list.Path)));
            var e = await Assert.ThrowsAsync<DubbingException>(() => fitter.FitAsync("Hola.", voice, 10, Pace.Own, default));
            Assert.Equal("speech.unreadable", e.Failure.Code);
        }
        Assert.Equal(0, ear.Calls);
    }

    [Fact]
    public async Task Without_the_lists_of_formats_and_protocols_a_list_is_played()
    {
        // Or the tests above would prove nothing.
        using var ear = new Ear();
        var list = HostileMedia.Lists(await SecretAsync(), ear.Address)[0];
        await ChildProcess.RunAsync("ffprobe", ["-v", "error", "-protocol_whitelist", "file,http,tcp", "-allowed_extensions", "ALL", "-f", "hls", "-i", list.Path], TimeSpan.FromMinutes(1));
        Assert.InRange(ear.Calls, 1, int.MaxValue);
    }

    [Fact]
    public async Task What_reads_files_of_strangers_has_limits_of_memory_and_of_what_it_writes()
    {
        // A program that tells its own limits.
        var run = await ChildProcess.RunAsync(
            "ffmpeg", ["-nostdin", "-v", "error", "-f", "data", "-i", "file:/proc/self/limits", "-map", "0", "-c", "copy", "-f", "data", "pipe:1"], TimeSpan.FromMinutes(1));
        Assert.Matches(@"Max data size +[1-9][0-9]+ +[1-9][0-9]+ +bytes", run.Output);
        Assert.Matches(@"Max file size +[1-9][0-9]+ +[1-9][0-9]+ +bytes", run.Output);
    }

    [Fact]
    public async Task A_decoder_that_falls_silent_is_stopped()
    {
        var silent = ChildProcess.Open("sleep", ["600"], default);
        await using var sound = new DecodedStream(silent, new MediaInfo("film.mp4", "mp4", 8, null, []), 32_000) { Patience = TimeSpan.FromMilliseconds(100) };
        var e = await Assert.ThrowsAsync<DubbingException>(() => sound.CopyToAsync(Stream.Null));
        Assert.Equal(("tool.timeout", FailureKind.UnusableInput), (e.Failure.Code, e.Failure.Kind));
    }

    static async Task<string> SecretAsync()
    {
        var secret = Path.Combine(TempFolders.Create("secret"), "secret.mp4");
        await File.WriteAllTextAsync(secret, "the secret of this machine");
        return secret;
    }

    static async Task DecodedAsync(IReadOnlyList<HostileFile> files)
    {
        foreach (var file in files)
        {
            var code = await DecodeAsync(file);
            Assert.True(code is null or "tool.timeout" or "tool.too_much" or "decoder.killed" || code.StartsWith("input.", StringComparison.Ordinal), $"{file.Name} ended in {code}.");
        }
    }

    /// <summary>Looks and decodes, as a worker does before anything is heard.</summary>
    /// <returns>The code of the failure; null for none.</returns>
    static async Task<string?> DecodeAsync(HostileFile file)
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            var info = await MediaProbe.ProbeAsync(file.Path, limit.Token);
            await using var sound = MediaDecoder.OpenSpeech(info, limit.Token);
            await sound.CopyToAsync(Stream.Null, limit.Token);
            return null;
        }
        catch (DubbingException e)
        {
            Assert.Matches(@"^\S.{15,}[.]$", e.Failure.Message);
            return e.Failure.Code;
        }
    }

    sealed class Sending(byte[] answer) : ITextToSpeechClient
    {
        public Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new TextToSpeechResponse([new DataContent(answer, "audio/mpeg")]));

        public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
            string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var update in (await GetAudioAsync(text, options, cancellationToken)).ToTextToSpeechResponseUpdates()) yield return update;
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
