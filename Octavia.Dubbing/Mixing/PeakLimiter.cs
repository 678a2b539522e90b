using System.Numerics.Tensors;

namespace Octavia.Dubbing.Mixing;

/// <summary>
/// Keeps the true peak of interleaved stereo under a ceiling. Looks 5 ms ahead, so that the gain is down before the peak comes, and lets go
/// over 100 ms.
/// </summary>
public sealed class PeakLimiter
{
    readonly float _ceiling;
    readonly int _ahead;
    readonly float _release;
    readonly float[] _delay;
    readonly float[] _wanted;
    readonly TruePeak[] _in;
    readonly TruePeak[] _out;
    float _gain = 1;
    float _peak;
    long _position;
    long _busyUntil;

    /// <summary>A limiter.</summary>
    /// <param name="ceilingDb">dBTP.</param>
    /// <param name="sampleRate">Hz.</param>
    public PeakLimiter(double ceilingDb, int sampleRate)
    {
        _ceiling = (float)Math.Pow(10, ceilingDb / 20);
        _ahead = sampleRate / 200;
        _release = (float)(1 - Math.Exp(-1.0 / (0.1 * sampleRate)));
        _delay = new float[2 * _ahead];
        _wanted = new float[_ahead];
        Array.Fill(_wanted, 1f);
        // The wave rises at most a few dB above its samples: what is 12 dB below the ceiling needs no closer look.
        _in = [new TruePeak(_ceiling / 4), new TruePeak(_ceiling / 4)];
        _out = [new TruePeak(_ceiling / 4), new TruePeak(_ceiling / 4)];
    }

    /// <summary>How many frames the output lags behind the input.</summary>
    public int Delay => _ahead;

    /// <summary>Highest true peak put out, in dBTP.</summary>
    public double PeakDb => 20 * Math.Log10(Math.Max(1e-9, _peak));

    /// <summary>Limits interleaved stereo in place, delayed by <see cref="Delay"/>.</summary>
    public void Process(Span<float> samples)
    {
        for (var i = 0; i < samples.Length; i += 2)
        {
            var slot = (int)(_position++ % _ahead);
            Step(slot, Math.Max(_in[0].Next(samples[i]), _in[1].Next(samples[i + 1])));
            (samples[i], _delay[2 * slot]) = (_delay[2 * slot] * _gain, samples[i]);
            (samples[i + 1], _delay[2 * slot + 1]) = (_delay[2 * slot + 1] * _gain, samples[i + 1]);
            _peak = Math.Max(_peak, Math.Max(_out[0].Next(samples[i]), _out[1].Next(samples[i + 1])));
        }
    }

    void Step(int slot, float peak)
    {
        _wanted[slot] = peak > _ceiling ? _ceiling / peak : 1f;
        if (peak > _ceiling) _busyUntil = _position + _ahead;
        var lowest = _position <= _busyUntil ? TensorPrimitives.Min<float>(_wanted) : 1f;
        // Down within a quarter of the look-ahead, up slowly.
        _gain = lowest < _gain ? Math.Max(lowest, _gain - (1 - lowest) * 4 / _ahead) : _gain + (lowest - _gain) * _release;
    }
}
