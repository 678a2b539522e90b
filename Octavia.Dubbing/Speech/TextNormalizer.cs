using System.Globalization;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// Writes out, for the ear, what espeak-ng spells letter by letter, drops or reads in the wrong order: units, amounts of money, dates, abbreviations.
/// Subtitles keep the written form. Languages without <see cref="SpokenForms"/> are left as they are.
/// </summary>
static class TextNormalizer
{
    // 1.234,56 or 1,234.56 or 12
    const string Number = @"\d+(?:[.,]\d+)*";
    const string Currencies = "$€£";

    static readonly Dictionary<string, Lazy<IReadOnlyList<Rule>>> Rules =
        SpokenForms.All.ToDictionary(language => language.Key, language => new Lazy<IReadOnlyList<Rule>>(() => [.. RulesOf(language.Value, language.Key)]));

    /// <summary>The text as it is to be spoken.</summary>
    /// <param name="text">What <see cref="SpeechText.Clean"/> gave.</param>
    /// <param name="voice">Voice that will speak it.</param>
    public static string Normalize(string text, Voice voice) => Rules.TryGetValue(voice.Language, out var rules)
        ? rules.Value.Aggregate(text, (spoken, rule) => rule.Pattern.Replace(spoken, rule.Replace))
        : text;

    // Dates before ranges, amounts before units, and all of these before abbreviations, which are letters too.
    static IEnumerable<Rule> RulesOf(SpokenForms forms, string language) =>
    [
        Date(forms, @"(?<![\d/.-])(?<first>\d{1,2})(?<mark>[/.-])(?<second>\d{1,2})\k<mark>(?<year>\d{4})(?![\d/-])", language == "en"),
        Date(forms, @"(?<![\d/.-])(?<year>\d{4})-(?<second>\d{2})-(?<first>\d{2})(?![\d/-])", false),
        .. Hours(forms),
        new(@"(?<=^|[\s(])[-−](?=\d[\d.,]*\s?[°º%])|(?<=[\s(])[-−](?=\d)", _ => forms.Minus + " "),
        new(@"(?<![\d/:.,-])(?:(\d{1,2})[-–](\d{1,2})|(\d{4})[-–](\d{4}))(?![\d/:-]|[.,]\d)",
            match => string.Join($" {forms.Until} ", match.Groups.Values.Skip(1).Where(end => end.Success).Select(end => end.Value))),
        .. Rows(forms.Units).OrderByDescending(unit => unit[0].Length).SelectMany(unit => Unit(forms, unit)),
        .. Rows(forms.Abbreviations).OrderByDescending(row => row[0].Length).Select(row => Abbreviation(row[0], row[1])),
        new(@"(?<![\p{L}\d.])(?:\p{Lu}\.){2,}(?!\p{L})", match => string.Join(' ', match.Value.Split('.', StringSplitOptions.RemoveEmptyEntries)) + Stop(match, mayGoOn: true)),
    ];

    static IEnumerable<string[]> Rows(string table) => table.Split('\n', StringSplitOptions.TrimEntries).Select(row => row.Split('|'));

    static Rule Date(SpokenForms forms, string pattern, bool isMonthFirst)
    {
        var months = forms.Months.Split(' ');
        return new(pattern, match =>
        {
            var (day, month) = (NumberOf(match, "first"), NumberOf(match, "second"));
            // What cannot be a month is the day.
            if ((isMonthFirst && day <= 12) || month > 12) (day, month) = (month, day);
            if (day is < 1 or > 31 || month is < 1 or > 12) return match.Value;
            return string.Format(CultureInfo.InvariantCulture, forms.Date, day == 1 ? forms.First : $"{day}", months[month - 1], match.Groups["year"].Value);
        });
    }

    static int NumberOf(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    static IEnumerable<Rule> Hours(SpokenForms forms)
    {
        yield return new(@"(?<![\d:])(\d{1,2}):00(?=\s?[ap]\.?\s?m\b)", match => match.Groups[1].Value);
        yield return new(@"(?<![\d:])([01]?\d|2[0-4])(?::|\s?h)00(?![\d:])", match => string.Format(CultureInfo.InvariantCulture, forms.Hour, match.Groups[1].Value));
        var minutes = forms.HourAndMinutes ?? "{0}:{1}";
        yield return new(@"(?<![\d:])([01]?\d|2[0-3])(?::|\s?h)([0-5]\d)(?![\d:])",
            match => string.Format(CultureInfo.InvariantCulture, minutes, match.Groups[1].Value, match.Groups[2].Value));
    }

    static IEnumerable<Rule> Unit(SpokenForms forms, string[] row)
    {
        var sign = Regex.Escape(row[0]);
        var end = char.IsLetter(row[0][^1]) ? @"(?![\p{L}\d/²³])" : "";
        var (words, link) = forms.Multiples;
        var isCurrency = Currencies.Contains(row[0], StringComparison.Ordinal);
        if (isCurrency)
            yield return new(sign + $@"\s?(?<number>{Number})(?<multiple>\s(?:{words})\b)?", match => Amount(match.Groups["number"].Value, match.Groups["multiple"].Value));
        var multiple = isCurrency ? $@"(?<multiple>\s(?:{words})\b)?" : "(?<multiple>)";
        yield return new($@"(?<![\d.,])(?<number>{Number}){multiple}\s?{sign}{end}", match => Amount(match.Groups["number"].Value, match.Groups["multiple"].Value));

        string Amount(string number, string multiple) => $"{number}{multiple}{(multiple.Length > 0 ? link : "")} {(number == "1" && multiple.Length == 0 ? row[1] : row[2])}";
    }

    static Rule Abbreviation(string written, string spoken)
    {
        var (mark, follows) = written[^1] switch
        {
            '@' => (true, @"\s+(?=\p{Lu})"),
            '#' => (true, @"\s*(?=\d)"),
            _ => (false, @"(?![\p{L}\d])"),
        };
        var pattern = Regex.Escape(mark ? written[..^1].TrimEnd() : written).Replace(@"\ ", @"\s?", StringComparison.Ordinal);
        var isWhole = spoken[^1] == '.';
        return new($@"(?<![\p{{L}}\d&]){pattern}{follows}", match => mark ? spoken + " " : isWhole ? spoken[..^1] + Stop(match, mayGoOn: false) : spoken);
    }

    // The full stop of an abbreviation ends a sentence too.
    static string Stop(Match match, bool mayGoOn)
    {
        if (match.Value[^1] != '.') return "";
        var rest = match.Result("$'").AsSpan().TrimStart();
        return rest.IsEmpty || (!mayGoOn && char.IsUpper(rest[0])) ? "." : "";
    }

    sealed class Rule(string pattern, MatchEvaluator replace)
    {
        // Of a text that nobody wrote to be read, one line goes unspoken, not the film.
        public Regex Pattern { get; } = new(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

        public MatchEvaluator Replace { get; } = replace;
    }
}
