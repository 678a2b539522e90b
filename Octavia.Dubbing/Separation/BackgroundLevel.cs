namespace Octavia.Dubbing.Separation;

/// <summary>
/// Gives a background its level back under speech: of what sounds in the pitch of the voice the mask takes some with it, and music would step back
/// whenever somebody speaks. Band by band what is left is raised toward what the moments without speech have, within narrow limits: a film may have been mixed so
/// that its music steps back, and what is left of the voice is raised too.
/// </summary>
static class BackgroundLevel
{
    // Frames, of 10 ms each, that tell how loud the background is.
    const int Fewest = 50;
    const int Ramp = 3;
    // Of the 4 to 5 dB that the mask takes with the voice.
    const float Most = 1.8f;
    // 25 dB under the speech that was there nobody misses a background; what is left there is rather of the speech.
    const float Heard = 0.003f;
    const int Bands = DeepFilter.Bands;

    /// <summary>Works in place.</summary>
    /// <param name="background">What was left of the sound.</param>
    /// <param name="quiet">Frames without speech.</param>
    /// <param name="speech">What the network took for speech.</param>
    public static void Restore(Spectrogram background, IReadOnlyList<int> quiet, Spectrogram speech)
    {
        var spoken = Enumerable.Range(0, background.Frames).Except(quiet).ToList();
        if (quiet.Count < Fewest || spoken.Count == 0) return;
        var (left, said) = (SpeechRemainder.BandPowers(background), SpeechRemainder.BandPowers(speech));
        var depth = Depths(quiet, background.Frames);
        var gains = new float[Bands];
        for (var band = 0; band < Bands; band++)
        {
            // The middle one: speech that the network missed is loud and rare.
            var wanted = quiet.Select(t => left[t * Bands + band]).Order().ElementAt(quiet.Count / 2);
            var have = spoken.Average(t => left[t * Bands + band]);
            var isHeard = wanted >= Heard * spoken.Average(t => said[t * Bands + band]);
            gains[band] = isHeard && have > 0 ? Math.Clamp(MathF.Sqrt(wanted / have), 1, Most) : 1;
        }
        for (var t = 0; t < background.Frames; t++)
        {
            var re = background.Real(t);
            var im = background.Imaginary(t);
            for (var f = 0; f < Spectrogram.Bins; f++)
            {
                var gain = 1 + depth[t] * (gains[DeepFilter.BandOfBin[f]] - 1);
                re[f] *= gain;
                im[f] *= gain;
            }
        }
    }

    // Faded within speech alone: what the network missed lies at its ends.
    static float[] Depths(IReadOnlyList<int> quiet, int frames)
    {
        var depths = new float[frames];
        Array.Fill(depths, 1f);
        foreach (var t in quiet)
            for (var near = Math.Max(0, t - Ramp); near <= Math.Min(frames - 1, t + Ramp); near++)
                depths[near] = Math.Min(depths[near], Math.Abs(near - t) / (Ramp + 1f));
        return depths;
    }
}
