using System.Text;

namespace Octavia.Dubbing.Translation;

/// <summary>One direction of Apertium (apertium.org): rule-based, fast, off line and basic. The programs stay open from line to line.</summary>
public sealed class ApertiumTranslator : ITranslator
{
    /// <summary>Marks the end of a text, so that the full stop before it can be told from one of the text's own.</summary>
    const string EndMark = "[]";

    /// <summary>After so many lines in a row that no pipeline survived, a call does not try the rest of its lines; the next call tries again.</summary>
    const int MostFailures = 5;

    readonly ApertiumPair pair;
    readonly TimeSpan lineTimeout;
    readonly SemaphoreSlim turn = new(1, 1);
    ApertiumPipeline? pipeline;
    int failures;

    /// <summary>Starts the programs of a direction.</summary>
    /// <param name="pair">Direction.</param>
    /// <param name="lineTimeout">How long one line may take; null for 20 s, which allows for loading on a busy machine.</param>
    /// <exception cref="DubbingException"><c>translation.tool_missing</c>.</exception>
    public ApertiumTranslator(ApertiumPair pair, TimeSpan? lineTimeout = null)
    {
        this.pair = pair;
        this.lineTimeout = lineTimeout ?? TimeSpan.FromSeconds(20);
        pipeline = ApertiumPipeline.Start(pair);
        Description = $"apertium {pair.Mode} (basic)";
    }

    /// <inheritdoc />
    public string Description { get; }

    /// <summary>Process that is running now, for tests; null between a failure and the next line.</summary>
    internal int? ProcessId => pipeline?.ProcessId;

    /// <summary>A translator for two languages, through others when there is no direct way.</summary>
    /// <param name="pairs">Installed directions.</param>
    /// <param name="source">ISO 639-1.</param>
    /// <param name="target">ISO 639-1.</param>
    /// <returns>Null when there is no way.</returns>
    public static ITranslator? Open(ApertiumPairs pairs, string source, string target)
    {
        var path = pairs.FindPath(source, target);
        return path.Count switch
        {
            0 => null,
            1 => new ApertiumTranslator(path[0]),
            _ => new ChainedTranslator([.. path.Select(pair => new ApertiumTranslator(pair))]),
        };
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
    {
        var results = new List<TranslatedLine>(lines.Count);
        await turn.WaitAsync(cancellationToken);
        try
        {
            // What broke the programs may have been mended since: one line finds out.
            failures = Math.Min(failures, MostFailures - 1);
            foreach (var line in lines) results.Add(await TranslateAsync(line.Text, cancellationToken));
        }
        finally
        {
            turn.Release();
        }
        return results;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        pipeline?.Dispose();
        pipeline = null;
        turn.Dispose();
        return ValueTask.CompletedTask;
    }

    async Task<TranslatedLine> TranslateAsync(string text, CancellationToken cancellationToken)
    {
        var (body, ending) = ApertiumText.SplitEnding(ApertiumText.Clean(text));
        if (!body.Any(char.IsLetter)) return new TranslatedLine(text);
        // What kills the pipeline may be the line or the machine (a child that was killed): a second try tells.
        for (var attempt = 0; attempt < 2 && failures < MostFailures; attempt++)
        {
            if (await TrySendAsync(ApertiumText.Escape(body) + EndMark + "." + EndMark, cancellationToken) is not { } answer) continue;
            failures = 0;
            var end = answer.LastIndexOf(EndMark + "." + EndMark, StringComparison.Ordinal);
            if (end < 0) break;
            var translated = ApertiumText.MatchCapitals(body, ApertiumText.Unescape(answer[..end]));
            return translated.Length == 0 ? TranslatedLine.Failed("Apertium left nothing of it.") : new TranslatedLine(translated + ending);
        }
        failures++;
        return TranslatedLine.Failed($"Apertium ({pair.Mode}) could not translate this line.");
    }

    async Task<string?> TrySendAsync(string escaped, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(lineTimeout);
        try
        {
            pipeline ??= ApertiumPipeline.Start(pair);
            return await pipeline.SendAsync(escaped, timeout.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Half an answer may still be on its way: this pipeline cannot be used again.
            pipeline?.Dispose();
            pipeline = null;
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }
}

/// <summary>Text as Apertium's stream format wants it.</summary>
static class ApertiumText
{
    const string Reserved = "[]{}^$/\\@<>";

    /// <summary>One line without control characters, with plain apostrophes, and without the tilde that Apertium uses up itself.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
            clean.Append(c switch
            {
                '’' => '\'',
                '~' => '∼',
                _ when char.IsControl(c) || char.IsWhiteSpace(c) => ' ',
                _ => c,
            });
        return Collapse(clean.ToString());
    }

    /// <summary>
    /// Takes the last full stop off a text: Apertium reads "no." as "number", so the stop is sent apart. Abbreviations (U.S., a.m.)
    /// and dots (...) keep theirs.
    /// </summary>
    public static (string Body, string Ending) SplitEnding(string text)
    {
        if (!text.EndsWith('.')) return (text, "");
        var body = text[..^1];
        var lastWord = body[(body.LastIndexOf(' ') + 1)..];
        return lastWord.Contains('.') ? (text, "") : (body, ".");
    }

    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            if (Reserved.Contains(c)) escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>Undoes <see cref="Escape"/> and the blanks that Apertium doubles.</summary>
    public static string Unescape(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) i++;
            plain.Append(text[i] == '∼' ? '~' : text[i]);
        }
        return Collapse(plain.ToString());
    }

    /// <summary>Writes a translation in capitals when its source is: Apertium leaves single words of it small.</summary>
    public static string MatchCapitals(string source, string translation) =>
        source.Count(char.IsUpper) > 1 && !source.Any(char.IsLower) ? translation.ToUpperInvariant() : translation;

    static string Collapse(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
