using System.Numerics.Tensors;

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
    // A breath or a knock in a quiet room is no part of its tone: in its bands it lies more than 9 dB over the middle of all moments, as noise hardly does.
    const float MostOverMedian = 8;
    // Frames made without a memory of the one before lose half of their power where they overlap.
    const float Independent = 2;
    const int Bands = DeepFilter.Bands;

    /// <summary>Works in place; always the same for the same sound.</summary>
    /// <param name="background">What was left of the sound.</param>
    /// <param name="quiet">Frames without speech.</param>
    /// <param name="near">For each frame whether speech is near.</param>
    /// <param name="beside">What sounds where nobody speaks, from elsewhere in the same sound.</param>
    public static void Fill(Spectrogram background, IReadOnlyList<int> quiet, bool[] near, Spectrogram beside)
    {
        var (tone, isNoise) = Listen([.. Moments(background, quiet), .. Moments(beside, Enumerable.Range(0, beside.Frames))]);
        if (!isNoise.Contains(true)) return;
        var usual = new float[Bands];
        for (var f = 0; f < Spectrogram.Bins; f++) usual[DeepFilter.BandOfBin[f]] += tone[f];
        var left = SpeechRemainder.BandPowers(background);
        var random = new Random(background.Frames);
        for (var t = 0; t < background.Frames; t++)
            if (near[t]) Fill(background, t, tone, Missing(left.AsSpan(t * Bands, Bands), usual, isNoise), random);
    }

    /// <summary>Mean power of each bin, and for each band whether it is noise.</summary>
    static (float[] Tone, bool[] IsNoise) Listen(List<Moment> moments)
    {
        var (tone, isNoise) = (new float[Spectrogram.Bins], new bool[Bands]);
        for (var (band, first) = (0, 0); band < Bands; band++)
        {
            var end = first;
            while (end < Spectrogram.Bins && DeepFilter.BandOfBin[end] == band) end++;
            isNoise[band] = Listen(moments, first..end, tone);
            first = end;
        }
        return (tone, isNoise);
    }

    static bool Listen(List<Moment> moments, Range bins, float[] tone)
    {
        var levels = moments.Select(moment => moment.Level(bins)).Order().ToArray();
        var most = levels.Length == 0 ? 0 : MostOverMedian * levels[levels.Length / 2];
        var usual = moments.Where(moment => moment.Level(bins) <= most).ToList();
        var pairs = usual.Where(moment => moment.Later is { } later && later.Level(bins) <= most).ToList();
        if (pairs.Count < Fewest) return false;
        var (spread, memory, start, end) = (0.0, 0.0, bins.Start.Value, bins.End.Value);
        for (var f = start; f < end; f++)
        {
            var mean = usual.Average(moment => (double)moment.Powers[f]);
            if (mean == 0) continue;
            tone[f] = (float)mean;
            spread += usual.Average(moment => (double)moment.Powers[f] * moment.Powers[f]) / (mean * mean);
            memory += pairs.Average(moment => (double)moment.Powers[f] * moment.Later!.Powers[f]) / (mean * mean);
        }
        return spread >= LeastSpread * (end - start) && memory <= MostMemory * (end - start);
    }

    static List<Moment> Moments(Spectrogram sound, IEnumerable<int> frames)
    {
        var moments = frames.ToDictionary(t => t, t => new Moment(PowersOf(sound, t)));
        foreach (var (t, moment) in moments) moment.Later = moments.GetValueOrDefault(t + Apart);
        return [.. moments.Values];
    }

    static float[] PowersOf(Spectrogram sound, int t)
    {
        var powers = new float[Spectrogram.Bins];
        var re = sound.Real(t);
        var im = sound.Imaginary(t);
        for (var f = 0; f < powers.Length; f++) powers[f] = re[f] * re[f] + im[f] * im[f];
        return powers;
    }

    /// <summary>A frame without speech, and the next that does not overlap it, where that is without speech too.</summary>
    sealed class Moment(float[] powers)
    {
        public float[] Powers => powers;

        public Moment? Later { get; set; }

        public float Level(Range bins) => TensorPrimitives.Sum<float>(powers.AsSpan(bins));
    }

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
