using System.Globalization;

namespace Octavia.Tests.Running;

/// <summary>Media that tests make: pictures drawn by ffmpeg, sound from the readings in <c>tests/media</c>.</summary>
public static class Media
{
    static readonly string Folder = TempFolders.Create("media");

    /// <summary>A picture with somebody reading aloud, cut to some seconds; index at the front.</summary>
    public static Task<string> VideoAsync(double seconds = 3, string reading = "0870") => MakeAsync($"speech-{reading}-{seconds}.mp4",
        "-i", Reading(reading), "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25",
        "-map", "1:v", "-map", "0:a", "-t", Text(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart");

    /// <summary>All readings after each other: long enough to be interrupted.</summary>
    public static Task<string> LongVideoAsync() => MakeAsync("speech-long.mp4",
        "-i", Reading("0870"), "-i", Reading("0880"), "-i", Reading("0890"), "-i", Reading("0920"), "-i", Reading("0930"),
        "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-filter_complex", "[0:a][1:a][2:a][3:a][4:a]concat=n=5:v=0:a=1[speech]",
        "-map", "5:v", "-map", "[speech]", "-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-movflags", "+faststart");

    public static Task<string> SpeechAsync(double seconds = 3, string reading = "0870") =>
        MakeAsync($"speech-{reading}-{seconds}.mp3", "-i", Reading(reading), "-t", Text(seconds), "-c:a", "libmp3lame");

    public static Task<string> MuteVideoAsync() => MakeAsync("mute.mp4",
        "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-t", "2", "-c:v", "libx264", "-preset", "ultrafast");

    public static Task<string> SilentVideoAsync() => MakeAsync("silent.mp4",
        "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25", "-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo",
        "-t", "3", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac");

    /// <summary>A film of five seconds whose header says twenty: that is where its subtitles end.</summary>
    public static async Task<string> LateSubtitleAsync()
    {
        var subtitles = Path.Combine(Folder, "late.srt");
        await File.WriteAllTextAsync(subtitles, "1\n00:00:18,000 --> 00:00:20,000\nThe end.\n");
        return await MakeAsync("late-subtitle.mkv", "-i", await VideoAsync(seconds: 5), "-i", subtitles, "-map", "0", "-map", "1", "-c", "copy");
    }

    /// <summary>Sound as a live recording leaves it: no length is declared anywhere.</summary>
    public static Task<string> LiveAsync(int seconds) => MakeAsync($"live-{seconds}.mkv",
        "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", Text(seconds), "-c:a", "flac", "-frame_size", "16384", "-live", "1");

    /// <summary>A film for players that fetch picture and sound apart: a folder with <c>master.m3u8</c>.</summary>
    public static async Task<string> ApartAsync()
    {
        var folder = TempFolders.Create("apart");
        await CliWrap.Cli.Wrap("ffmpeg").WithWorkingDirectory(folder).WithArguments([
            "-v", "error", "-i", await VideoAsync(), "-map", "0:v", "-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-f", "hls", "-hls_time", "1", "-hls_playlist_type", "vod",
            "-var_stream_map", "v:0,agroup:sound a:0,agroup:sound", "-master_pl_name", "master.m3u8", "stream_%v.m3u8",
        ]).ExecuteAsync();
        return folder;
    }

    /// <summary>Somebody who reads for three seconds, in a container of each kind; mp4 has its index at the front, mov at the end.</summary>
    public static async Task<IReadOnlyList<string>> KindsAsync()
    {
        var video = await VideoAsync();
        return
        [
            video,
            await MakeAsync("kind.mov", "-i", video, "-c", "copy"),
            await MakeAsync("kind.mkv", "-i", video, "-c", "copy"),
            await MakeAsync("kind.ts", "-i", video, "-c", "copy"),
            await MakeAsync("kind.avi", "-i", video, "-c:v", "mpeg4", "-c:a", "libmp3lame"),
            await MakeAsync("kind.mp3", "-i", video, "-vn", "-c:a", "libmp3lame"),
            await MakeAsync("kind.wav", "-i", video, "-vn", "-ar", "16000"),
            await MakeAsync("kind.flac", "-i", video, "-vn", "-ar", "16000"),
            await MakeAsync("kind.ogg", "-i", video, "-vn", "-c:a", "libopus"),
        ];
    }

    /// <summary>A grey picture.</summary>
    public static Task<string> JpegAsync() => MakeAsync("grey.jpg", "-f", "lavfi", "-i", "color=gray:size=64x64", "-frames:v", "1", "-f", "mjpeg");

    /// <summary>A tenth of a second of silence.</summary>
    public static Task<string> ShortOggAsync() => MakeAsync("short.ogg", "-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", "0.1", "-c:a", "libopus");

    public static string Reading(string name) => Path.Combine(Root(), "tests", "media", "librivox", name + ".wav");

    static async Task<string> MakeAsync(string name, params string[] arguments)
    {
        var path = Path.Combine(Folder, name);
        if (File.Exists(path)) return path;
        var draft = Path.Combine(Folder, Guid.NewGuid() + Path.GetExtension(name));
        await CliWrap.Cli.Wrap("ffmpeg").WithArguments(["-v", "error", .. arguments, "-y", draft]).ExecuteAsync();
        File.Move(draft, path, overwrite: true);
        return path;
    }

    static string Text(double seconds) => seconds.ToString(CultureInfo.InvariantCulture);

    static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Octavia.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("The root of the repository is not above the tests.");
    }
}
