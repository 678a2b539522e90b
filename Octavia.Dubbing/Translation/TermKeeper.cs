using System.Text;

namespace Octavia.Dubbing.Translation;

/// <summary>
/// Gives a glossary to a translator that knows none: a word that no language has stands in for each term, and what is to be written takes its place
/// again afterwards. Measured with Apertium's pairs of en, es, fr, it, pt and ca: such a word is passed on as it is, in its place, also in the second of
/// two directions. Where one does not come back, the line is translated without, and says so. Owns the translator.
/// </summary>
/// <param name="translator">Translates.</param>
public sealed class TermKeeper(ITranslator translator) : ITranslator
{
    // In capitals, so that a line in capitals stays one.
    const string StandIn = "ZQX";
    const int Letters = 'Z' - 'A' + 1;
    const int MostPlaces = Letters * Letters;

    /// <inheritdoc />
    public string Description => translator.Description;

    /// <inheritdoc />
    public bool TakesTone => translator.TakesTone;

    /// <inheritdoc />
    public async Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        var kept = lines.Select(Keep).ToList();
        TranslatedLine[] results = [.. await translator.TranslateAsync([.. kept.Select(one => one.Line)], context, cancellationToken)];
        for (var i = 0; i < results.Length; i++)
        {
            if (results[i].Text is not { } text) continue;
            if (kept[i].Places.Count == 0) results[i] = Checked(lines[i], results[i]);
            else if (Restore(text, kept[i].Places) is { } restored) results[i] = results[i] with { Text = restored };
            else results[i] = Checked(lines[i], (await translator.TranslateAsync([lines[i]], context, cancellationToken))[0]);
        }
        return results;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => translator.DisposeAsync();

    static (TranslationLine Line, List<TermPlace> Places) Keep(TranslationLine line)
    {
        // A text that has such words already would be read wrongly.
        if (line.Terms.Count == 0 || line.Text.Contains(StandIn, StringComparison.OrdinalIgnoreCase)) return (line, []);
        var places = Glossary.Find(line.Text, line.Terms.OrderByDescending(term => term.Source.Length)).Take(MostPlaces).ToList();
        var text = new StringBuilder();
        var end = 0;
        for (var i = 0; i < places.Count; i++)
        {
            text.Append(line.Text, end, places[i].Start - end).Append(StandInOf(i));
            end = places[i].Start + places[i].Term.Source.Length;
        }
        return (line with { Text = text.Append(line.Text, end, line.Text.Length - end).ToString() }, places);
    }

    static string StandInOf(int place) => $"{StandIn}{(char)('A' + (place / Letters))}{(char)('A' + (place % Letters))}";

    static string? Restore(string text, List<TermPlace> places)
    {
        for (var i = 0; i < places.Count; i++)
        {
            if (!text.Contains(StandInOf(i), StringComparison.OrdinalIgnoreCase)) return null;
            text = text.Replace(StandInOf(i), places[i].Term.Written, StringComparison.OrdinalIgnoreCase);
        }
        return text.Contains(StandIn, StringComparison.OrdinalIgnoreCase) ? null : text;
    }

    // What was translated without a stand-in lacks a term, as a rule.
    static TranslatedLine Checked(TranslationLine line, TranslatedLine plain) =>
        plain.Text is { } text && line.ProblemOf(text) is { } problem ? plain with { Problem = plain.Problem is null ? problem : $"{plain.Problem} {problem}" } : plain;
}
