using Octavia.Api.Operations;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;

namespace Octavia.Api.Jobs;

/// <summary>Which languages and pairs there are: what the workers say they can do, and before the first has spoken, what most can.</summary>
sealed class LanguageCheck(CapabilityBoard board)
{
    const string Auto = "auto";

    public async Task<LanguagesResponse> ListAsync()
    {
        var can = await board.ReadAsync() ?? Capabilities.Basic;
        var written = can.Translated.Values.SelectMany(x => x).ToHashSet();
        return new LanguagesResponse(
            Named(can, can.Recognized), Named(can, can.Spoken.Where(x => written.Count == 0 || written.Contains(x))));
    }

    /// <summary>The languages as codes; no target where a job has none.</summary>
    public async Task<(string Source, IReadOnlyList<string> Targets)> CheckAsync(JobType type, string? source, IReadOnlyList<string?> targets)
    {
        var can = await board.ReadAsync() ?? Capabilities.Basic;
        var from = string.IsNullOrWhiteSpace(source) || source.Trim().Equals(Auto, StringComparison.OrdinalIgnoreCase) ? Auto : Known(can, source);
        if (type == JobType.Transcribe) return (from, []);
        if (targets.Any(string.IsNullOrWhiteSpace))
            throw Refusal.Invalid("language.missing", "The target language is missing; give one such as es.");
        if (from == Auto && type == JobType.Translate)
            throw Refusal.Invalid("language.missing", "The language of a text is not detected; give its source_language, such as en.");
        var all = targets.Select(x => Known(can, x!)).ToList();
        if (all.GroupBy(x => x).FirstOrDefault(x => x.Count() > 1) is { Key: var twice })
            throw Refusal.Invalid("language.twice", $"{can.NameOf(twice)} is named twice as target language; name each language once.");
        foreach (var to in all)
        {
            if (type is JobType.VideoTranslate or JobType.Synthesize && !can.Spoken.Contains(to))
                throw Unsupported($"{can.NameOf(to)} cannot be spoken here", can, can.Spoken);
            if (type is JobType.VideoTranslate or JobType.Translate) CheckPair(can, from, to);
        }
        return (from, all);
    }

    static void CheckPair(Capabilities can, string from, string to)
    {
        if (from == to)
            throw Refusal.Invalid("language.pair_unsupported", $"Source and target are both {can.NameOf(to)}; choose another target language.");
        if (can.Translated.Count == 0) return;
        var targets = from == Auto
            ? can.Translated.Values.SelectMany(x => x).Distinct().ToList()
            : can.Translated.GetValueOrDefault(from) ?? [];
        if (!targets.Contains(to))
            throw Unsupported($"{(from == Auto ? "Nothing" : can.NameOf(from))} cannot be translated to {can.NameOf(to)} here", can, targets);
    }

    static string Known(Capabilities can, string language)
    {
        var code = language.Trim().ToLowerInvariant();
        if (can.Names.ContainsKey(code)) return code;
        if (can.Names.FirstOrDefault(x => x.Value.Equals(code, StringComparison.OrdinalIgnoreCase)).Key is { } named) return named;
        throw Refusal.Invalid("language.unknown", "This language is unknown; use a code such as en or es. GET /api/v1/languages lists them.");
    }

    static Refusal Unsupported(string what, Capabilities can, IReadOnlyList<string> possible) => Refusal.Invalid(
        "language.pair_unsupported",
        possible.Count == 0 ? $"{what}." : $"{what}; possible: {string.Join(", ", possible.Select(can.NameOf).Order(StringComparer.Ordinal).Take(20))}.");

    static LanguageResponse[] Named(Capabilities can, IEnumerable<string> codes) =>
        [.. codes.Select(x => new LanguageResponse(x, can.NameOf(x))).OrderBy(x => x.Name, StringComparer.Ordinal)];
}
