namespace Octavia.Dubbing.Separation;

/// <summary>
/// Gives a room its tone back where the mask took it with the speech: a hole in steady noise is heard as a dropout wherever the new voice is silent and the
/// old one is not. Steady noise is told from music by two facts: its spectrum is complex Gaussian, so the mean of its squared power is twice the square of its
/// mean power (of a steady tone it is once), and frames that do not overlap know nothing of each other, so that their powers multiply to the square of the mean
/// (of what swells and fades to more).
/// </summary>
static class RoomTone
{
    // Frames, of 10 ms each, that tell what the noise is like.
    const int Fewest = 50;
    // Frames without an overlap.
    const int Apart = 2;
    const double LeastSpread = 1.5;
    const double MostMemory = 1.15;
    // Frames made without a memory of the one before lose half of their power where they overlap.
    const float Independent = 2;
    const int Bands = DeepFilter.Bands;

    /// <summary>Works in place; always the same for the same sound.</summary>
    /// <param name="background">What was left of the sound.</param>
    /// <param name="quiet">Frames without speech.</param>
    /// <param name="near">For each frame whether speech is near.</param>
    public static void Fill(Spectrogram background, IReadOnlyList<int> quiet, bool[] near)
    {
        var known = quiet.ToHashSet();
        var pairs = quiet.Where(t => known.Contains(t + Apart)).ToList();
        if (pairs.Count < Fewest) return;
        var (tone, isNoise) = Listen(background, quiet, pairs);
        if (!isNoise.Contains(true)) return;
        var usual = new float[Bands];
        for (var f = 0; f < Spectrogram.Bins; f++) usual[DeepFilter.BandOfBin[f]] += tone[f];
        var left = SpeechRemainder.BandPowers(background);
        var random = new Random(background.Frames);
        for (var t = 0; t < background.Frames; t++)
            if (near[t]) Fill(background, t, tone, Missing(left.AsSpan(t * Bands, Bands), usual, isNoise), random);
    }

    /// <summary>Mean power of each bin, and for each band whether it is noise.</summary>
    static (float[] Tone, bool[] IsNoise) Listen(Spectrogram background, IReadOnlyList<int> quiet, List<int> pairs)
    {
        var tone = new float[Spectrogram.Bins];
        var (spread, memory, bins) = (new double[Bands], new double[Bands], new int[Bands]);
        for (var f = 0; f < Spectrogram.Bins; f++)
        {
            var band = DeepFilter.BandOfBin[f];
            bins[band]++;
            var mean = quiet.Average(t => Power(background, t, f));
            if (mean == 0) continue;
            tone[f] = (float)mean;
            spread[band] += quiet.Average(t => Power(background, t, f) * Power(background, t, f)) / (mean * mean);
            memory[band] += pairs.Average(t => Power(background, t, f) * Power(background, t + Apart, f)) / (mean * mean);
        }
        return (tone, [.. Enumerable.Range(0, Bands).Select(band => spread[band] >= LeastSpread * bins[band] && memory[band] <= MostMemory * bins[band])]);
    }

    static double Power(Spectrogram sound, int t, int f) => (double)sound.Real(t)[f] * sound.Real(t)[f] + (double)sound.Imaginary(t)[f] * sound.Imaginary(t)[f];

    /// <summary>Share of its usual power that each band lacks.</summary>
    static float[] Missing(ReadOnlySpan<float> left, float[] usual, bool[] isNoise)
    {
        var missing = new float[Bands];
        for (var band = 0; band < Bands; band++)
            if (isNoise[band] && left[band] < usual[band]) missing[band] = 1 - left[band] / usual[band];
        return missing;
    }

    static void Fill(Spectrogram background, int t, float[] tone, float[] missing, Random random)
    {
        var re = background.Real(t);
        var im = background.Imaginary(t);
        for (var f = 0; f < Spectrogram.Bins; f++)
        {
            var share = missing[DeepFilter.BandOfBin[f]];
            if (share == 0) continue;
            // Box and Muller: a pair of uniform numbers makes a complex Gaussian one.
            var size = MathF.Sqrt(Independent * share * tone[f] * -MathF.Log(1 - random.NextSingle()));
            var (sine, cosine) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
            re[f] += size * cosine;
            im[f] += size * sine;
        }
    }
}
