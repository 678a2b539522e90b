using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Translation;

namespace Octavia.Dubbing.Pipeline;

/// <summary>What a run wants of the translation of one line.</summary>
sealed record LineWishes(IReadOnlyList<GlossaryTerm> Terms, Tone Tone)
{
    public static LineWishes Of(DubbingRequest request, Utterance line) => new(request.Glossary.In(line.Text), request.Tone);

    /// <summary>Parts of the hash of its translation; none where nothing is wanted.</summary>
    public IEnumerable<string> Hashed => [.. Terms.SelectMany(term => (string[])[term.Source, term.Written]), .. Tone == Tone.Neutral ? [] : (string[])[$"{Tone}"]];

    public TranslationLine For(Utterance line, int? budget) => new(line.Text, budget, line.Speaker) { Terms = Terms, Tone = Tone };
}
