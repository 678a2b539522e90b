using System.Globalization;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Speech;

/// <summary>Had from a speech client by <c>GetService</c>: mixes voices of its own.</summary>
public interface IVoiceBlending
{
    /// <summary>Mixtures that speak a language (ISO 639-1), with the pitch to expect of each; empty where none are known to speak it well.</summary>
    IReadOnlyList<Voice> BlendsFor(string language);
}

/// <summary>Two voices of one sex in one. Its id, <c>ef_dora+0.3*if_sara</c>, says all that it is made of, so that a script can name it.</summary>
/// <param name="Base">Id of the voice that speaks the language.</param>
/// <param name="Other">Id of the voice that is mixed in.</param>
/// <param name="Share">Share of the other, 0 to 1, in steps of 0.1.</param>
public sealed partial record VoiceBlend(string Base, string Other, double Share)
{
    /// <summary>Reads an id; null when it names one voice, or nothing.</summary>
    public static VoiceBlend? Parse(string id) =>
        Form().Match(id) is { Success: true } match
            ? new VoiceBlend(match.Groups[1].Value, match.Groups[3].Value, double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))
            : null;

    /// <summary>How much of two voices is not in common: 0 for the same, 2 for voices with nothing in common.</summary>
    public static double Difference(string first, string second)
    {
        var (a, b) = (PartsOf(first), PartsOf(second));
        return a.Keys.Union(b.Keys).Sum(id => Math.Abs(a.GetValueOrDefault(id) - b.GetValueOrDefault(id)));
    }

    /// <summary>Its id.</summary>
    public override string ToString() => FormattableString.Invariant($"{Base}+{Share:0.0}*{Other}");

    static Dictionary<string, double> PartsOf(string id) =>
        Parse(id) is { } blend ? new() { [blend.Base] = 1 - blend.Share, [blend.Other] = blend.Share } : new() { [id] = 1 };

    [GeneratedRegex(@"^([a-z]\w*)\+(0\.[1-9])\*([a-z]\w*)$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
