using System.Collections.Concurrent;
using System.Diagnostics;
using CliWrap;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>Files of 20 MB that are sent side by side.</summary>
sealed record Uploads(int Done, double MegabytesPerSecond, IReadOnlyList<string> Errors)
{
    public const int Parallel = 50;
    const double Megabytes = 20;

    public static async Task<Uploads> RunAsync(ChaosSystem system, int parallel, CancellationToken ct)
    {
        var file = await FileAsync(ct);
        var user = await system.CreateUserAsync();
        using var http = system.Http(user);
        http.Timeout = Timeout.InfiniteTimeSpan;
        var client = new OctaviaClient(http) { AccessToken = user.AccessToken };
        var errors = new ConcurrentQueue<string>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(_ => SendAsync(client, file, errors, ct)));
        var done = parallel - errors.Count;
        return new Uploads(done, done * Megabytes / clock.Elapsed.TotalSeconds, [.. errors]);
    }

    static async Task SendAsync(OctaviaClient client, string file, ConcurrentQueue<string> errors, CancellationToken ct)
    {
        try
        {
            await using var content = File.OpenRead(file);
            await client.UploadAsync(content, "sound.wav", "audio", ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            errors.Enqueue((e as OctaviaApiException)?.Code ?? $"{e.GetType().Name}: {e.Message}");
        }
    }

    static async Task<string> FileAsync(CancellationToken ct)
    {
        var path = Path.Combine(TempFolders.Create("load"), "sound.wav");
        // Two channels of 16 bit at 48 kHz.
        var seconds = FormattableString.Invariant($"{Megabytes * (1 << 20) / (48_000 * 4):0.000}");
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-f", "lavfi", "-i", "anoisesrc=r=48000:seed=1", "-ac", "2", "-t", seconds, "-c:a", "pcm_s16le", path]).ExecuteAsync(ct);
        return path;
    }
}
