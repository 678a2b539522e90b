using System.Diagnostics;
using System.Globalization;
using Octavia.Dubbing.Media;
using Xunit;

namespace Octavia.UnitTests;

/// <summary>Sound as the tests need it, by ffmpeg.</summary>
static class Sound
{
    public static float[] To16000(float[] samples, int rate)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, Wav.ToBytes(samples, rate));
            return Decode(path, 16000);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Mono samples of a media file, or of a stretch of it in seconds.</summary>
    public static float[] Decode(string path, int rate, double start = 0, double? end = null)
    {
        string[] span = end is { } to ? ["-ss", Text(start), "-to", Text(to)] : [];
        var ffmpeg = new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", .. span, "-i", path, "-ac", "1", "-ar", Text(rate), "-c:a", "pcm_f32le", "-f", "wav", "-"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(ffmpeg)!;
        var (samples, decodedRate) = Wav.Read(process.StandardOutput.BaseStream);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(rate, decodedRate);
        return samples;
    }

    /// <summary>Stretches of 16 kHz sound between pauses of 0.3 s and more.</summary>
    public static IEnumerable<float[]> Segments(float[] samples)
    {
        const int hop = 160;
        var loud = Enumerable.Range(0, samples.Length / hop).Select(i => Level(samples.AsSpan(i * hop, hop))).ToArray();
        var threshold = Math.Max(0.003, loud.Order().ElementAt(loud.Length * 95 / 100) * 0.06);
        for (var (start, i, quiet) = (-1, 0, 0); i <= loud.Length; i++)
        {
            var isLoud = i < loud.Length && loud[i] > threshold;
            quiet = isLoud ? 0 : quiet + 1;
            if (isLoud && start < 0) start = i;
            if (start < 0 || (quiet < 30 && i < loud.Length)) continue;
            var end = i - quiet + 1;
            if (end - start >= 30) yield return samples[(start * hop)..(end * hop)];
            start = -1;
        }
    }

    /// <summary>16 kHz sound without the quiet at its ends.</summary>
    public static float[] Trim(float[] samples)
    {
        var threshold = samples.Max(Math.Abs) * 0.1f;
        return samples[Array.FindIndex(samples, s => Math.Abs(s) > threshold)..Array.FindLastIndex(samples, s => Math.Abs(s) > threshold)];
    }

    /// <summary>Root mean square.</summary>
    public static double Level(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples) sum += (double)sample * sample;
        return Math.Sqrt(sum / Math.Max(1, samples.Length));
    }

    static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
