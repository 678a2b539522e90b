namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Tells whether the two channels of a sound are two microphones with a speaker each, as telephone calls and interviews are recorded, or one stereo image.
/// In a stereo image both channels carry the same voices: their samples or, with microphones apart, at least their levels go together. Of two
/// speakers neither does. (20 stereo files with a second of speech or more: correlation 0.89 and more, of levels 0.91 and more; three with two
/// speakers: at most 0.02 and 0.16.) What lies between, as when each microphone hears the other speaker too, counts as stereo. Not thread-safe.
/// </summary>
sealed class SpeakerChannels(SileroVad vad)
{
    /// <summary>Samples, those of both channels counted, that are looked at together: about a second.</summary>
    public const int BlockSamples = 2 * 32 * SileroVad.ChunkSamples;

    const double ChunkSeconds = SileroVad.ChunkSamples / (double)LogMel.SampleRate;
    const double Speech = 0.5;

    // Seconds of speech: before so many a stereo image is not told from chance, and each speaker must be heard for so long at least and need not be for longer.
    const double Hearing = 3;
    const double Least = 1;
    const double Enough = 5;

    /// <summary>Seconds of sound after which there is no longer hope of hearing both.</summary>
    const double Longest = 120;

    // Correlations; those of a few seconds of two speakers reach further by chance.
    const double SameSound = 0.1;
    const double SameLevels = 0.4;
    const double SurelySameSound = 0.5;
    const double SurelySameLevels = 0.7;
    const double CrosstalkDb = 15;
    const double QuietPower = 1e-7;

    readonly SileroVad.Stream left = vad.Start();
    readonly SileroVad.Stream right = vad.Start();
    readonly float[][] sides = [new float[BlockSamples / 2], new float[BlockSamples / 2]];
    readonly Correlation sound = new();
    readonly Correlation levels = new();
    int chunks;
    int leftSpeaks;
    int rightSpeaks;
    int softer;

    /// <summary>Whether enough was heard.</summary>
    public bool IsSettled => IsStereo || chunks * ChunkSeconds >= Longest || Math.Min(leftSpeaks, rightSpeaks) * ChunkSeconds >= Enough;

    /// <summary>Whether a speaker is on each channel, by what was heard so far.</summary>
    public bool AreTwo => Math.Min(leftSpeaks, rightSpeaks) * ChunkSeconds >= Least && !IsCrosstalk && !Share(SameSound, SameLevels);

    bool IsStereo => Math.Max(leftSpeaks, rightSpeaks) * ChunkSeconds >= Hearing && Share(SurelySameSound, SurelySameLevels);

    // Who is heard by the other's microphone speaks on both channels at once, on one of them much softer.
    bool IsCrosstalk => 2 * softer > Math.Min(leftSpeaks, rightSpeaks);

    bool Share(double sameSound, double sameLevels) => Math.Abs(sound.OfPowers) >= sameSound || levels.Value >= sameLevels;

    /// <summary>Takes the next block.</summary>
    /// <param name="samples">16 kHz stereo, interleaved: <see cref="BlockSamples"/> of them.</param>
    public void Add(ReadOnlySpan<short> samples)
    {
        for (var i = 0; i < samples.Length; i++) sides[i & 1][i / 2] = samples[i] / 32768f;
        var (onLeft, onRight) = (left.Next(sides[0]), right.Next(sides[1]));
        for (var c = 0; c < onLeft.Length; c++)
        {
            chunks++;
            Take(c * SileroVad.ChunkSamples, onLeft[c] >= Speech, onRight[c] >= Speech);
        }
    }

    void Take(int from, bool onLeft, bool onRight)
    {
        if (!onLeft && !onRight) return;
        if (onLeft) leftSpeaks++;
        if (onRight) rightSpeaks++;
        var (powerLeft, powerRight) = (0.0, 0.0);
        for (var i = from; i < from + SileroVad.ChunkSamples; i++)
        {
            var (l, r) = (sides[0][i], sides[1][i]);
            sound.Add(l, r);
            powerLeft += l * l;
            powerRight += r * r;
        }
        var (levelLeft, levelRight) = (Level(powerLeft), Level(powerRight));
        levels.Add(levelLeft, levelRight);
        if (onLeft && onRight && Math.Abs(levelLeft - levelRight) > CrosstalkDb) softer++;
    }

    static double Level(double power) => 10 * Math.Log10(power / SileroVad.ChunkSamples + QuietPower);

    sealed class Correlation
    {
        double n, x, y, xx, yy, xy;

        /// <summary>Pearson's; 0 where one of the two never changes.</summary>
        public double Value => Ratio(n * xy - x * y, (n * xx - x * x) * (n * yy - y * y));

        /// <summary>Of what has no mean, as sound has none.</summary>
        public double OfPowers => Ratio(xy, xx * yy);

        public void Add(double first, double second)
        {
            n++;
            x += first;
            y += second;
            xx += first * first;
            yy += second * second;
            xy += first * second;
        }

        static double Ratio(double shared, double squared) => squared > 0 ? shared / Math.Sqrt(squared) : 0;
    }
}
