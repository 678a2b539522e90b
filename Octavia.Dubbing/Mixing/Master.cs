using System.Runtime.InteropServices;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Reporting;

namespace Octavia.Dubbing.Mixing;

/// <summary>Brings a mix to the loudness of the original and under the peak ceiling.</summary>
public static class Master
{
    // What is recorded so loud that it clips has no peaks, and a new voice has many.
    const double MostMakeUpDb = 10;
    const double CloseEnough = 0.3;
    const int MostPasses = 4;

    /// <summary>Copies a mix, mastered.</summary>
    /// <param name="mix">48 kHz stereo 32 bit float, from its start; can seek.</param>
    /// <param name="source">Loudness to reach; null to change nothing.</param>
    /// <param name="mixed">Loudness of the mix.</param>
    /// <param name="peak">Largest sample of the mix.</param>
    /// <param name="ceilingDb">Highest true peak in dBTP.</param>
    /// <param name="output">Receives the same form.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<LoudnessReport> WriteAsync(
        Stream mix, double? source, double? mixed, float peak, double ceilingDb, Stream output, CancellationToken cancellationToken)
    {
        var plain = source is { } wanted && mixed is { } have ? wanted - have : 0;
        var gain = plain;
        if (source is { } loud && 20 * Math.Log10(Math.Max(peak, 1e-9f)) + gain > ceilingDb)
        {
            // The limiter takes loudness away: hear how much and give it back, which makes it take more.
            for (var (pass, missing) = (0, 1.0); pass < MostPasses && missing > CloseEnough; pass++)
            {
                missing = loud - (await PassAsync(mix, source, gain, ceilingDb, Stream.Null, cancellationToken)).OutputLufs ?? 0;
                gain = Math.Min(gain + Math.Max(0, missing), plain + MostMakeUpDb);
            }
        }
        return await PassAsync(mix, source, gain, ceilingDb, output, cancellationToken);
    }

    static async Task<LoudnessReport> PassAsync(Stream mix, double? source, double gainDb, double ceilingDb, Stream output, CancellationToken cancellationToken)
    {
        mix.Position = 0;
        var gain = (float)Math.Pow(10, gainDb / 20);
        var limiter = new PeakLimiter(ceilingDb, MediaDecoder.MixRate);
        var meter = new LoudnessMeter(MediaDecoder.MixRate, 2);
        var buffer = new byte[1 << 16];
        var skip = limiter.Delay * 2;
        int read;
        while ((read = await mix.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)) > 0)
            await WriteBlockAsync(read);
        buffer.AsSpan(0, limiter.Delay * 8).Clear();
        await WriteBlockAsync(limiter.Delay * 8);
        await output.FlushAsync(cancellationToken);
        return new LoudnessReport(Round(source), Round(meter.Integrated), Math.Round(limiter.PeakDb, 2), Math.Round(gainDb, 2));

        async Task WriteBlockAsync(int length)
        {
            var skipped = Pass(length);
            await output.WriteAsync(buffer.AsMemory(skipped, length - skipped), cancellationToken);
        }

        int Pass(int length)
        {
            var samples = MemoryMarshal.Cast<byte, float>(buffer.AsSpan(0, length));
            foreach (ref var sample in samples) sample *= gain;
            limiter.Process(samples);
            var now = Math.Min(skip, samples.Length);
            skip -= now;
            meter.Add(samples[now..]);
            return now * sizeof(float);
        }
    }

    static double? Round(double? value) => value is { } v ? Math.Round(v, 2) : null;
}
