using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Speech;

/// <summary>Gives each speaker a voice of the fitting sex, told from the pitch.</summary>
public static class VoiceCasting
{
    /// <summary>
    /// Between the sexes in Hz: halfway, on a musical scale, between what men and women typically speak at, 120 and 210 Hz (H. Traunmüller
    /// and A. Eriksson, "The frequency range of the voice fundamental in the speech of male and female adults", 1995).
    /// </summary>
    const double Boundary = 160;

    /// <summary>Difference (<see cref="VoiceBlend.Difference"/>) from which two voices are taken for two people's.</summary>
    const double Apart = 0.8;

    /// <summary>Octaves, a quarter of a semitone, that a mixture must come nearer to be worth its accent, and as much again for a whole voice of it.</summary>
    const double Accent = 0.02;

    /// <summary>Sex that a pitch sounds like.</summary>
    /// <param name="medianPitch">Hz; null when not known.</param>
    public static Gender GenderOf(double? medianPitch) =>
        medianPitch is not { } pitch ? Gender.Unknown : pitch < Boundary ? Gender.Male : Gender.Female;

    /// <summary>
    /// A voice per speaker, always the same for the same question: of the fitting sex while the catalogue has one, never shared while
    /// one of that sex is left, of the nearest pitch. Who talks most chooses first. A speaker of unknown pitch gets the best voice left.
    /// Where the voices have run out their mixtures are taken before a voice is shared, two that are not too alike.
    /// </summary>
    /// <param name="speakers">To be cast.</param>
    /// <param name="voices">Of the target language, the best first (<see cref="IVoiceCatalog.VoicesFor"/>); not empty.</param>
    /// <param name="cast">Voices given before, by speaker: they stay.</param>
    /// <param name="blends">Mixtures of these voices (<see cref="IVoiceBlending.BlendsFor"/>); null for none.</param>
    /// <param name="match">Whether a mixture is taken too where it comes nearer to the speaker's pitch.</param>
    /// <exception cref="DubbingException"><c>speech.voice</c> when there are no voices.</exception>
    public static IReadOnlyDictionary<string, Voice> Cast(
        IEnumerable<SpeakerProfile> speakers, IReadOnlyList<Voice> voices, IReadOnlyDictionary<string, Voice>? cast = null,
        IReadOnlyList<Voice>? blends = null, bool match = false)
    {
        if (voices.Count == 0)
            throw new DubbingException(new Failure("speech.voice", FailureKind.Usage, "The engine has no voice for this language; choose another engine."));
        var result = new Dictionary<string, Voice>(cast ?? new Dictionary<string, Voice>());
        foreach (var speaker in speakers.OrderByDescending(s => s.Seconds).ThenBy(s => s.Id, StringComparer.Ordinal))
            if (!result.ContainsKey(speaker.Id)) result[speaker.Id] = Choose(speaker, voices, blends ?? [], match, [.. result.Values]);
        return result;
    }

    static Voice Choose(SpeakerProfile speaker, IReadOnlyList<Voice> voices, IReadOnlyList<Voice> blends, bool match, IReadOnlyList<Voice> taken)
    {
        var gender = GenderOf(speaker.MedianPitch);
        bool Fits(Voice voice) => gender == Gender.Unknown || voice.Gender == gender;
        var fitting = voices.Where(Fits).ToList();
        if (fitting.Count == 0) fitting = [.. voices];
        var mixed = blends.Where(Fits).ToList();
        return (match ? Free([.. fitting, .. mixed]) : Free(fitting) ?? Free(mixed)) ?? Shared();

        Voice? Free(IEnumerable<Voice> some) =>
            some.Where(voice => taken.All(other => VoiceBlend.Difference(voice.Id, other.Id) >= Apart)).MinBy(Cost);

        // Mixtures too alike are still better than one voice for two.
        Voice Shared() => fitting.Concat(mixed).GroupBy(voice => taken.Count(other => other.Id == voice.Id)).MinBy(group => group.Key)!.MinBy(Cost)!;

        double Cost(Voice voice) => Distance(speaker.MedianPitch, voice.MedianPitch) + (VoiceBlend.Parse(voice.Id) is { } blend ? Accent * (1 + blend.Share) : 0);
    }

    /// <summary>In octaves; 0 when the speaker's pitch is not known, so that the order of the catalogue decides.</summary>
    static double Distance(double? wanted, double? offered) =>
        wanted is null ? 0 : offered is null ? double.MaxValue : Math.Abs(Math.Log2(wanted.Value / offered.Value));
}
