using System.Globalization;
using CliWrap;
using CliWrap.Buffered;
using Xunit;

[assembly: AssemblyFixture(typeof(Octavia.BrowserTests.Clips))]

namespace Octavia.BrowserTests;

/// <summary>Videos made for the tests: pictures drawn by ffmpeg, speech read for LibriVox.</summary>
public sealed class Clips : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-clips-").FullName;

    /// <summary>Some seconds of English speech under a moving picture.</summary>
    public string Speech => Path.Combine(_folder, "Sense and Sensibility.mp4");

    /// <summary>The same again and again, for the better part of a minute.</summary>
    public string Talk => Path.Combine(_folder, "talk.mp4");

    /// <summary>Text that says it is a video.</summary>
    public string Fake => Path.Combine(_folder, "holiday.mp4");

    /// <summary>A picture and a sound track in which nobody speaks.</summary>
    public string Silent => Path.Combine(_folder, "silent.mp4");

    /// <summary>Longer than the first credits last; small, since nobody speaks.</summary>
    public string Lecture => Path.Combine(_folder, "lecture.flac");

    /// <summary>Eight megabytes that take a while to send.</summary>
    public string Large => Path.Combine(_folder, "large.mp4");

    public string Empty => Path.Combine(_folder, "empty.mp4");

    public async ValueTask InitializeAsync()
    {
        var voices = new[] { "0880", "0930", "0870" }.Select(name => Path.Combine(Repository.Root, "tests", "media", "librivox", name + ".wav"));
        const string picture = "gradients=s=960x540:r=25:c0=0x0b6b5d:c1=0xe4572e:c2=0xf2c063:nb_colors=3:speed=0.02:seed=4";
        await Cli.Wrap("ffmpeg").WithArguments(
            [
                "-v", "error", "-y", "-f", "lavfi", "-i", picture, .. voices.SelectMany(voice => new[] { "-i", voice }),
                "-filter_complex", "[1:a]apad=pad_dur=0.8[a];[2:a]apad=pad_dur=0.8[b];[a][b][3:a]concat=n=3:v=0:a=1[voice]",
                "-map", "0:v", "-map", "[voice]", "-shortest", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p",
                "-c:a", "aac", "-ac", "2", "-ar", "48000", Speech,
            ]).ExecuteAsync();
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-y", "-stream_loop", "3", "-i", Speech, "-t", "45", "-c", "copy", Talk]).ExecuteAsync();
        await Cli.Wrap("ffmpeg").WithArguments(
            [
                "-v", "error", "-y", "-f", "lavfi", "-i", "color=s=320x180:r=25:c=0x0b6b5d", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo",
                "-t", "3", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", Silent,
            ]).ExecuteAsync();
        await Cli.Wrap("ffmpeg").WithArguments(["-v", "error", "-y", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3700", "-c:a", "flac", Lecture]).ExecuteAsync();
        await File.WriteAllTextAsync(Fake, string.Join('\n', Enumerable.Repeat("This is no video.", 500)));
        await File.WriteAllBytesAsync(Empty, []);
        await using var large = File.Create(Large);
        large.SetLength(8 << 20);
    }

    public static async Task<double> SecondsAsync(string path) =>
        double.Parse(await ProbeAsync(path, "-show_entries", "format=duration"), CultureInfo.InvariantCulture);

    /// <summary>Kinds of the streams, in order: video, audio, audio, subtitle.</summary>
    public static async Task<string[]> StreamsAsync(string path) =>
        (await ProbeAsync(path, "-show_entries", "stream=codec_type")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    static async Task<string> ProbeAsync(string path, params string[] what)
    {
        var result = await Cli.Wrap("ffprobe").WithArguments(["-v", "error", .. what, "-of", "csv=p=0", path]).ExecuteBufferedAsync();
        return result.StandardOutput;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
