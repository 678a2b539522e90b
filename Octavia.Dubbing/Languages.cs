namespace Octavia.Dubbing;

/// <summary>A language.</summary>
/// <param name="Code">ISO 639-1; ISO 639-3 for the few without one (<c>haw</c>, <c>yue</c>).</param>
/// <param name="Name">English name.</param>
/// <param name="TrackCode">ISO 639-2/T, as media tracks are labelled: <c>spa</c>.</param>
/// <param name="IsRecognized">Whether Whisper recognises it.</param>
public sealed record Language(string Code, string Name, string TrackCode, bool IsRecognized);

/// <summary>The languages that Octavia knows, and the many ways in which people write them.</summary>
public static class Languages
{
    // code, ISO 639-2/T, English name, other codes and names. A star: spoken by espeak-ng but not recognised by Whisper.
    const string Table =
        """
        en eng English
        zh zho Chinese|chi|cmn|mandarin
        de deu German|ger
        es spa Spanish|castilian
        ru rus Russian
        ko kor Korean
        fr fra French|fre
        ja jpn Japanese
        pt por Portuguese
        tr tur Turkish
        pl pol Polish
        ca cat Catalan|valencian
        nl nld Dutch|dut|flemish
        ar ara Arabic|arb
        sv swe Swedish
        it ita Italian
        id ind Indonesian|in
        hi hin Hindi
        fi fin Finnish
        vi vie Vietnamese
        he heb Hebrew|iw
        uk ukr Ukrainian
        el ell Greek|gre
        ms msa Malay|may|zsm
        cs ces Czech|cze
        ro ron Romanian|rum|moldavian|moldovan|mo
        da dan Danish
        hu hun Hungarian
        ta tam Tamil
        no nor Norwegian|nb|nob|bokmal
        th tha Thai
        ur urd Urdu
        hr hrv Croatian
        bg bul Bulgarian
        lt lit Lithuanian
        la lat Latin
        mi mri Maori|mao
        ml mal Malayalam
        cy cym Welsh|wel
        sk slk Slovak|slo
        te tel Telugu
        fa fas Persian|per|pes|farsi
        lv lav Latvian|lvs
        bn ben Bengali|bangla
        sr srp Serbian
        az aze Azerbaijani|azj
        sl slv Slovenian
        kn kan Kannada
        et est Estonian|ekk
        mk mkd Macedonian|mac
        br bre Breton
        eu eus Basque|baq
        is isl Icelandic|ice
        hy hye Armenian|arm
        ne nep Nepali|npi
        mn mon Mongolian|khk
        bs bos Bosnian
        kk kaz Kazakh
        sq sqi Albanian|alb|als
        sw swa Swahili|swh
        gl glg Galician
        mr mar Marathi
        pa pan Punjabi|panjabi
        si sin Sinhala|sinhalese
        km khm Khmer|cambodian
        sn sna Shona
        yo yor Yoruba
        so som Somali
        af afr Afrikaans
        oc oci Occitan
        ka kat Georgian|geo
        be bel Belarusian
        tg tgk Tajik
        sd snd Sindhi
        gu guj Gujarati
        am amh Amharic
        yi yid Yiddish|ji|ydd
        lo lao Lao
        uz uzb Uzbek|uzn
        fo fao Faroese
        ht hat Haitian Creole|haitian
        ps pus Pashto|pbt
        tk tuk Turkmen
        nn nno Nynorsk|norwegian nynorsk
        mt mlt Maltese
        sa san Sanskrit
        lb ltz Luxembourgish
        my mya Burmese|bur|myanmar
        bo bod Tibetan|tib
        tl tgl Tagalog|fil|filipino
        mg mlg Malagasy|plt
        as asm Assamese
        tt tat Tatar
        haw haw Hawaiian
        ln lin Lingala
        ha hau Hausa
        ba bak Bashkir
        jv jav Javanese|jw
        su sun Sundanese
        yue zho Cantonese
        *an arg Aragonese
        *ast ast Asturian
        *cv chv Chuvash
        *eo epo Esperanto
        *ga gle Irish
        *gd gla Scottish Gaelic|gaelic
        *gn grn Guarani
        *ia ina Interlingua
        *io ido Ido
        *kl kal Greenlandic|kalaallisut
        *ku kur Kurdish
        *ky kir Kyrgyz
        *om orm Oromo
        *or ori Odia|oriya
        *qu que Quechua
        *tn tsn Setswana|tswana
        *ug uig Uyghur
        """;

    static readonly Dictionary<string, Language> ByAnyName = new(StringComparer.OrdinalIgnoreCase);

    static Languages()
    {
        var all = new List<Language>();
        foreach (var row in Table.Split('\n', StringSplitOptions.TrimEntries))
        {
            var fields = row.TrimStart('*').Split(' ', 3);
            var names = fields[2].Split('|');
            var language = new Language(fields[0], names[0], fields[1], !row.StartsWith('*'));
            all.Add(language);
            ByAnyName[language.Code] = language;
            // Cantonese shares the label of Chinese, which comes first and keeps it.
            ByAnyName.TryAdd(language.TrackCode, language);
            foreach (var name in names) ByAnyName[name] = language;
        }
        All = all;
    }

    /// <summary>All of them, the best recognised first.</summary>
    public static IReadOnlyList<Language> All { get; }

    /// <summary>
    /// The language meant by an ISO 639-1, 639-2 or 639-3 code, a BCP-47 tag (<c>es-MX</c>) or an English name; null when it is none of these.
    /// </summary>
    public static Language? Find(string? text)
    {
        var name = text?.Trim() ?? "";
        if (ByAnyName.TryGetValue(name, out var language)) return language;
        var end = name.IndexOfAny(['-', '_']);
        return end > 0 && ByAnyName.TryGetValue(name[..end], out language) ? language : null;
    }

    /// <summary>As <see cref="Find"/>, with a refusal that says what was perhaps meant.</summary>
    /// <exception cref="DubbingException"><c>language.unknown</c>.</exception>
    public static Language Get(string? text)
    {
        if (Find(text) is { } language) return language;
        var name = text?.Trim() ?? "";
        var shown = name.Length > 40 ? name[..40] + "…" : name;
        var near = Nearest(name);
        var help = near.Count == 0
            ? "Use an ISO 639-1 code such as en, es or fr."
            : "Did you mean " + string.Join(", ", near.Select(l => $"{l.Code} ({l.Name})")) + "?";
        throw new DubbingException(new Failure("language.unknown", FailureKind.Usage, $"\"{shown}\" is no language that Octavia knows. {help}"));
    }

    /// <summary>English name of a code, or the code itself when it is not known.</summary>
    public static string NameOf(string code) => Find(code)?.Name ?? code;

    static List<Language> Nearest(string text)
    {
        if (text.Length is 0 or > 40) return [];
        var limit = text.Length <= 3 ? 1 : Math.Max(2, text.Length / 3);
        return ByAnyName
            .Select(entry => (entry.Value, Distance: Distance(text.ToLowerInvariant(), entry.Key.ToLowerInvariant())))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Value)
            .Distinct()
            .Take(3)
            .ToList();
    }

    /// <summary>Levenshtein's edit distance.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
