using Octavia.Dubbing.Media;
using Xunit;

[assembly: AssemblyFixture(typeof(Octavia.UnitTests.Media.TestMedia))]

namespace Octavia.UnitTests.Media;

/// <summary>Media made by ffmpeg once for all tests: a drawn picture with the LibriVox reader's voice.</summary>
public sealed class TestMedia : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("octavia-media").FullName;

    /// <summary>Two sentences at 1.0 s and 4.5 s, 8 s in all; H.264 and AAC in mp4, with a title and a chapter.</summary>
    public string Clip => At("clip.mp4");

    /// <summary>Path of a file of the set.</summary>
    public string At(string name) => Path.Combine(_folder, name);

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(At("chapters.txt"), ";FFMETADATA1\ntitle=Sense\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=4\ntitle=One\n");
        string[] speech =
        [
            "-i", TestFiles.At("tests/media/librivox/0880.wav"), "-i", TestFiles.At("tests/media/librivox/0930.wav"),
            "-filter_complex", "[0]adelay=1000[a];[1]adelay=4500[b];[a][b]amix=inputs=2:normalize=0,apad=whole_dur=8[s]",
        ];
        string[] picture = ["-f", "lavfi", "-i", "testsrc=size=192x108:rate=25:duration=8"];
        await MakeAsync([.. speech, "-map", "[s]", "-ar", "44100", At("speech.wav")]);
        await MakeAsync([
            .. picture, "-i", At("speech.wav"), "-i", At("chapters.txt"), "-map_metadata", "2", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", Clip,
        ]);
        await MakeAsync([.. picture, "-i", At("speech.wav"), "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis", At("clip.webm")]);
        await MakeAsync(["-i", Clip, "-itsoffset", "1.5", "-i", Clip, "-map", "0:v", "-map", "1:a", "-c", "copy", At("late.mp4")]);
        await MakeAsync(["-i", Clip, "-map", "0:v", "-map", "0:a", "-c", "copy", "-bsf:v", "h264_mp4toannexb", At("clip.ts")]);
        await MakeAsync(["-i", Clip, "-an", "-c", "copy", At("mute.mp4")]);
        await MakeAsync(["-i", Clip, "-vn", "-c", "copy", At("speech.m4a")]);
        await MakeAsync([.. picture, "-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono:d=8", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest", At("silent.mp4")]);
        await File.WriteAllBytesAsync(At("empty.mp4"), []);
        await File.WriteAllTextAsync(At("text.mp4"), "This is a text, whatever its name says.");
        var whole = await File.ReadAllBytesAsync(Clip);
        await File.WriteAllBytesAsync(At("cut.mp4"), whole[..(whole.Length / 2)]);
        await MakeAsync(["-i", Clip, "-c", "copy", "-movflags", "+faststart", At("faststart.mp4")]);
        foreach (var name in new[] { "faststart.mp4", "clip.webm" }) await CutAsync(name, "cut-" + name);
        await MakeAsync(["-i", Clip, "-filter_complex", "[0:a]atrim=end=4[a]", "-map", "0:v", "-map", "[a]", "-c:v", "copy", At("short-sound.mp4")]);
        await MakeAsync(["-i", At("clip.webm"), "-filter_complex", "[0:a]atrim=end=4[a]", "-map", "0:v", "-map", "[a]", "-c:v", "copy", At("short-sound.webm")]);
        foreach (var name in new[] { "clip.mkv", "clip.mov" }) await MakeAsync(["-i", Clip, "-c", "copy", "-map_chapters", "-1", At(name)]);
        await MakeAsync([.. picture, "-i", At("speech.wav"), "-c:v", "mpeg4", "-c:a", "mp3", At("clip.avi")]);
        await MakeAsync(["-i", At("speech.wav"), "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0", "-id3v2_version", "0", At("vbr.mp3")]);
        await MakeAsync(["-i", At("speech.wav"), "-c:a", "aac", At("raw.aac")]);
        await File.WriteAllTextAsync(At("list.mp4"), $"#EXTM3U\n#EXTINF:8,\nfile://{Clip}\n#EXT-X-ENDLIST\n");
        File.Copy(Clip, At("-odd 'name\" $(x) ñ.mp4"));
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    async Task CutAsync(string name, string cut)
    {
        var bytes = await File.ReadAllBytesAsync(At(name));
        await File.WriteAllBytesAsync(At(cut), bytes[..(bytes.Length / 2)]);
    }

    /// <summary>Has ffmpeg make a file.</summary>
    public static async Task MakeAsync(string[] arguments)
    {
        var run = await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-y", "-v", "error", .. arguments]);
        Assert.True(run.ExitCode == 0, run.Error);
    }
}
