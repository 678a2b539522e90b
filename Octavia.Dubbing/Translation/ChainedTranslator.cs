namespace Octavia.Dubbing.Translation;

/// <summary>Translates through other languages: each translator reads what the one before wrote. Owns them.</summary>
public sealed class ChainedTranslator(IReadOnlyList<ITranslator> hops) : ITranslator
{
    /// <inheritdoc />
    public string Description { get; } = string.Join(" + ", hops.Select(hop => hop.Description));

    /// <inheritdoc />
    public async Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        var results = lines.Select(line => new TranslatedLine(line.Text)).ToArray();
        foreach (var hop in hops)
        {
            // What one hop could not do the next one cannot either.
            var open = Enumerable.Range(0, results.Length).Where(i => results[i].Text is not null).ToList();
            if (open.Count == 0) break;
            var input = open.Select(i => lines[i] with { Text = results[i].Text! }).ToList();
            var output = await hop.TranslateAsync(input, hop == hops[0] ? context : [], cancellationToken);
            foreach (var (i, line) in open.Zip(output)) results[i] = line with { Problem = line.Problem ?? results[i].Problem };
        }
        return results;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var hop in hops) await hop.DisposeAsync();
    }
}
