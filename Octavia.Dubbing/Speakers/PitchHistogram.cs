namespace Octavia.Dubbing.Speakers;

/// <summary>Counts voiced windows by pitch in steps of 0.1 Hz: the median of hours of speech in constant memory, found in constant time.</summary>
sealed class PitchHistogram
{
    const int StepsPerHertz = 10;
    readonly int[] _counts = new int[(PitchDetector.HighestPitch + 1) * StepsPerHertz];
    int _total;

    /// <summary>Counts pitches in Hz.</summary>
    public void Add(IEnumerable<float> pitches)
    {
        foreach (var pitch in pitches)
        {
            _counts[Math.Clamp((int)Math.Round(pitch * StepsPerHertz), 0, _counts.Length - 1)]++;
            _total++;
        }
    }

    /// <summary>Median in Hz, good to 0.05 Hz; null while they are too few.</summary>
    public double? Median => _total < PitchDetector.FewestWindows ? null : (At(_total / 2) + At((_total - 1) / 2)) / 2;

    double At(int rank)
    {
        var step = 0;
        for (var below = 0; below + _counts[step] <= rank; step++) below += _counts[step];
        return (double)step / StepsPerHertz;
    }
}
