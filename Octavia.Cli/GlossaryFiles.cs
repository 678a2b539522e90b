using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Octavia.Jobs.Client;

namespace Octavia.Cli;

/// <summary>Glossaries from files.</summary>
static class GlossaryFiles
{
    /// <summary>The terms of a file; none without one.</summary>
    /// <exception cref="DubbingException"><c>glossary.missing</c>, <c>glossary.invalid</c>.</exception>
    public static async Task<Glossary> ReadAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null) return Glossary.Empty;
        if (!File.Exists(path)) throw Refusal("glossary.missing", $"There is no file {path}: name the glossary's.");
        try
        {
            return new Glossary(GlossaryCsv.Parse(await ReadAsync(path, GlossaryCsv.LongestText + 1, cancellationToken)).Select(term => new Dubbing.Translation.GlossaryTerm(term.Source, term.Target)));
        }
        catch (GlossaryException e)
        {
            throw Refusal("glossary.invalid", e.Message);
        }
    }

    // No more than it takes to see that it is too long.
    static async Task<byte[]> ReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var bytes = new byte[most];
        return bytes[..await file.ReadAtLeastAsync(bytes, most, throwOnEndOfStream: false, cancellationToken)];
    }

    static DubbingException Refusal(string code, string message) => new(new Failure(code, FailureKind.Usage, message));
}
