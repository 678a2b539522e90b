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

    /// <summary>Sex that a pitch sounds like.</summary>
    /// <param name="medianPitch">Hz; null when not known.</param>
    public static Gender GenderOf(double? medianPitch) =>
        medianPitch is not { } pitch ? Gender.Unknown : pitch < Boundary ? Gender.Male : Gender.Female;

    /// <summary>
    /// A voice per speaker, always the same for the same question: of the fitting sex while the catalogue has one, never shared while
    /// one of that sex is left, of the nearest pitch. Who talks most chooses first. A speaker of unknown pitch gets the best voice left.
    /// </summary>
    /// <param name="speakers">To be cast.</param>
    /// <param name="voices">Of the target language, the best first (<see cref="IVoiceCatalog.VoicesFor"/>); not empty.</param>
    /// <param name="cast">Voices given before, by speaker: they stay.</param>
    /// <exception cref="DubbingException"><c>speech.voice</c> when there are no voices.</exception>
    public static IReadOnlyDictionary<string, Voice> Cast(
        IEnumerable<SpeakerProfile> speakers, IReadOnlyList<Voice> voices, IReadOnlyDictionary<string, Voice>? cast = null)
    {
        if (voices.Count == 0)
            throw new DubbingException(new Failure("speech.voice", FailureKind.Usage, "The engine has no voice for this language; choose another engine."));
        var result = new Dictionary<string, Voice>(cast ?? new Dictionary<string, Voice>());
        foreach (var speaker in speakers.OrderByDescending(s => s.Seconds).ThenBy(s => s.Id, StringComparer.Ordinal))
            if (!result.ContainsKey(speaker.Id)) result[speaker.Id] = Choose(speaker, voices, [.. result.Values]);
        return result;
    }

    static Voice Choose(SpeakerProfile speaker, IReadOnlyList<Voice> voices, IReadOnlyList<Voice> taken)
    {
        var gender = GenderOf(speaker.MedianPitch);
        var fitting = voices.Where(v => gender == Gender.Unknown || v.Gender == gender).ToList();
        if (fitting.Count == 0) fitting = [.. voices];
        var fewest = fitting.Min(v => taken.Count(t => t.Id == v.Id));
        return fitting.Where(v => taken.Count(t => t.Id == v.Id) == fewest).MinBy(v => Distance(speaker.MedianPitch, v.MedianPitch))!;
    }

    /// <summary>In octaves; 0 when the speaker's pitch is not known, so that the order of the catalogue decides.</summary>
    static double Distance(double? wanted, double? offered) =>
        wanted is null ? 0 : offered is null ? double.MaxValue : Math.Abs(Math.Log2(wanted.Value / offered.Value));
}
