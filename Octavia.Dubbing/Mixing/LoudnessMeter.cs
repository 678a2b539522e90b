namespace Octavia.Dubbing.Mixing;

/// <summary>
/// Integrated loudness after ITU-R BS.1770-4 (K weighting, 400 ms blocks, gates at -70 LUFS and 10 LU under the mean), in constant memory:
/// blocks are kept as a histogram of 0.1 LU.
/// </summary>
public sealed class LoudnessMeter
{
    const double Lowest = -70;
    const double Step = 0.1;
    readonly int _channels;
    readonly int _hop;
    readonly Biquad[] _shelf;
    readonly Biquad[] _highpass;
    readonly double[] _hops = new double[4];
    readonly long[] _counts = new long[1000];
    readonly double[] _sums = new double[1000];
    double _hopSum;
    int _hopFill;
    long _hopCount;

    /// <summary>A meter for interleaved samples.</summary>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="channels">1 or 2.</param>
    public LoudnessMeter(int sampleRate, int channels)
    {
        _channels = channels;
        _hop = sampleRate / 10;
        _shelf = [.. Enumerable.Range(0, channels).Select(_ => Biquad.HighShelf(sampleRate))];
        _highpass = [.. Enumerable.Range(0, channels).Select(_ => Biquad.HighPass(sampleRate))];
    }

    /// <summary>Loudness of everything so far in LUFS; null for silence, or for less than 400 ms.</summary>
    public double? Integrated
    {
        get
        {
            if (Mean(Lowest) is not { } mean) return null;
            return Mean(mean - 10);
        }
    }

    /// <summary>Loudness of a piece of sound. What is shorter than a block is measured as one.</summary>
    public static double? Measure(ReadOnlySpan<float> samples, int sampleRate)
    {
        var meter = new LoudnessMeter(sampleRate, 1);
        meter.Add(samples);
        var missing = 4 * meter._hop - samples.Length;
        if (missing <= 0) return meter.Integrated;
        meter.Add(new float[missing]);
        return meter.Integrated + 10 * Math.Log10(4.0 * meter._hop / Math.Max(1, samples.Length));
    }

    /// <summary>Adds interleaved samples.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        for (var i = 0; i < samples.Length; i += _channels)
        {
            for (var c = 0; c < _channels; c++)
            {
                var weighted = _highpass[c].Next(_shelf[c].Next(samples[i + c]));
                _hopSum += weighted * weighted;
            }
            if (++_hopFill == _hop) EndHop();
        }
    }

    void EndHop()
    {
        _hops[_hopCount++ % 4] = _hopSum / _hop;
        _hopSum = 0;
        _hopFill = 0;
        for (var c = 0; c < _channels; c++)
        {
            _shelf[c].Settle();
            _highpass[c].Settle();
        }
        if (_hopCount < 4) return;
        var power = (_hops[0] + _hops[1] + _hops[2] + _hops[3]) / 4;
        var loudness = -0.691 + 10 * Math.Log10(power);
        if (loudness < Lowest) return;
        var bin = Math.Min(_counts.Length - 1, (int)((loudness - Lowest) / Step));
        _counts[bin]++;
        _sums[bin] += power;
    }

    double? Mean(double gate)
    {
        var first = Math.Max(0, (int)Math.Ceiling((gate - Lowest) / Step - 1e-9));
        var count = 0L;
        var sum = 0.0;
        for (var bin = first; bin < _counts.Length; bin++)
        {
            count += _counts[bin];
            sum += _sums[bin];
        }
        return count == 0 ? null : -0.691 + 10 * Math.Log10(sum / count);
    }
}
