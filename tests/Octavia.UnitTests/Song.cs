using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Octavia.UnitTests;

/// <summary>A melody that espeak-ng sings.</summary>
static class Song
{
    /// <summary>A word a note, each at one pitch and drawn out: path of a 16 kHz WAV file.</summary>
    public static string Make(string folder, string filter = "anull")
    {
        (string Word, double Hertz)[] notes =
            [("twinkle", 196), ("little", 294), ("star", 330), ("how", 294), ("I", 262), ("wonder", 247), ("what", 220), ("you", 220), ("are", 196)];
        var inputs = new List<string>();
        foreach (var (word, hertz) in notes)
        {
            var path = Path.Combine(folder, $"{inputs.Count}.wav");
            var text = FormattableString.Invariant($"<prosody range=\"0\" pitch=\"{0.75 * hertz:0}Hz\">{word}</prosody>");
            Run("espeak-ng", ["-v", "en", "-m", "-s", "90", "-w", path, text]);
            inputs.AddRange(["-i", path]);
        }
        var song = Path.Combine(folder, "song.wav");
        var chain = $"concat=n={notes.Length}:v=0:a=1,silenceremove=stop_periods=-1:stop_duration=0.05:stop_threshold=-40dB,atempo=0.6,{filter}";
        Run("ffmpeg", ["-v", "error", "-nostdin", .. inputs, "-filter_complex", chain, "-ar", 16000.ToString(CultureInfo.InvariantCulture), song]);
        return song;
    }

    static void Run(string program, string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
