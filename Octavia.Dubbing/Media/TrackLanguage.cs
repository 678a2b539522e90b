using System.Collections.Frozen;

namespace Octavia.Dubbing.Media;

/// <summary>Language labels of tracks: containers want three letters (ISO 639-2), people want a name.</summary>
static class TrackLanguage
{
    const string Table = """
        af afr Afrikaans, ar ara Arabic, be bel Belarusian, bg bul Bulgarian, ca cat Catalan,
        cs cze Czech, cy wel Welsh, da dan Danish, de ger German, el gre Greek,
        en eng English, eo epo Esperanto, es spa Spanish, et est Estonian, eu baq Basque,
        fa per Persian, fi fin Finnish, fr fre French, gl glg Galician, he heb Hebrew,
        hi hin Hindi, hr hrv Croatian, hu hun Hungarian, id ind Indonesian, is ice Icelandic,
        it ita Italian, ja jpn Japanese, ko kor Korean, lt lit Lithuanian, lv lav Latvian,
        mk mac Macedonian, ms may Malay, nl dut Dutch, no nor Norwegian, oc oci Occitan,
        pl pol Polish, pt por Portuguese, ro rum Romanian, ru rus Russian, sk slo Slovak,
        sl slv Slovenian, sr srp Serbian, sv swe Swedish, th tha Thai, tr tur Turkish,
        uk ukr Ukrainian, ur urd Urdu, vi vie Vietnamese, zh chi Chinese
        """;

    static readonly FrozenDictionary<string, string[]> Known =
        Table.Split(',', StringSplitOptions.TrimEntries).Select(entry => entry.Split(' ')).ToFrozenDictionary(fields => fields[0]);

    /// <summary>ISO 639-2 of an ISO 639-1 code; <c>und</c> when not known.</summary>
    public static string Tag(string code) => Known.TryGetValue(code, out var known) ? known[1] : "und";

    /// <summary>English name; the code itself when not known.</summary>
    public static string Name(string code) => Known.TryGetValue(code, out var known) ? known[2] : code;
}
