using System.Numerics.Tensors;

namespace Octavia.Dubbing.Mixing;

/// <summary>True peak of one channel: four times oversampling, as ITU-R BS.1770-4, annex 2, describes.</summary>
/// <param name="floor">Samples below this are not looked at more closely.</param>
sealed class TruePeak(float floor)
{
    const int Oversampling = 4;
    const int Taps = 12;
    static readonly float[][] Phases = MakePhases();
    readonly float[] _history = new float[2 * Taps];
    int _at;

    /// <summary>Largest magnitude of the wave around the newest samples.</summary>
    public float Next(float sample)
    {
        // Written twice, so that the last samples always lie in one piece.
        _history[_at] = _history[_at + Taps] = sample;
        _at = (_at + 1) % Taps;
        var peak = Math.Abs(sample);
        if (peak < floor) return peak;
        var window = _history.AsSpan(_at, Taps);
        foreach (var phase in Phases) peak = Math.Max(peak, Math.Abs(TensorPrimitives.Dot<float>(window, phase)));
        return peak;
    }

    static float[][] MakePhases() => [.. Enumerable.Range(1, Oversampling - 1).Select(phase =>
        Enumerable.Range(0, Taps).Select(tap =>
        {
            var x = tap - (Taps / 2 - 1) - (double)phase / Oversampling;
            return (float)(Math.Sin(Math.PI * x) / (Math.PI * x) * (0.5 + 0.5 * Math.Cos(Math.PI * x / (Taps / 2 + 0.5))));
        }).ToArray())];
}
