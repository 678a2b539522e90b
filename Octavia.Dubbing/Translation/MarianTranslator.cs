using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Translation;

/// <summary>
/// Translates with a Marian model (opus-mt), in process. The models know single sentences best, so a long line goes through sentence by
/// sentence; they take no context and no length budget.
/// </summary>
public sealed class MarianTranslator : ITranslator
{
    /// <summary>Pieces up to which a line goes through whole.</summary>
    const int LongLine = 60;

    /// <summary>Pieces of one sentence that a model can hold; a longer one is cut.</summary>
    const int LongestSentence = 200;

    readonly MarianModel model;
    readonly int? target;
    readonly int beams;

    MarianTranslator(MarianModel model, string name, int? target, int? beams)
    {
        (this.model, this.target, this.beams) = (model, target, beams ?? model.DefaultBeams);
        Description = $"opus-mt {(name.StartsWith("opus-mt-", StringComparison.Ordinal) ? name["opus-mt-".Length..] : name)}";
    }

    /// <inheritdoc />
    public string Description { get; }

    /// <summary>Opens a model folder.</summary>
    /// <param name="folder">Folder in the hub's form, named like <c>opus-mt-en-es</c>.</param>
    /// <param name="targetCodes">Codes of the target language as a model of several may write them: <c>es</c>, <c>spa</c>.</param>
    /// <param name="beams">Hypotheses kept; 1 is greedy, null takes the publisher's number.</param>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>, <c>language.unsupported</c>.</exception>
    public static MarianTranslator Open(string folder, IReadOnlyList<string> targetCodes, int? beams = null)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var model = MarianModel.Open(folder);
        var target = model.FindTarget([.. targetCodes]);
        if (target is not null || !model.HasTargets) return new MarianTranslator(model, name, target, beams);
        model.Dispose();
        throw new DubbingException(new Failure("language.unsupported", FailureKind.Usage,
            $"The translation model {name} does not write {string.Join(" or ", targetCodes)}: choose another target language or model."));
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
        IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken) =>
        Task.Run<IReadOnlyList<TranslatedLine>>(() => [.. lines.Select(line => Translate(line.Text, cancellationToken))], cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        model.Dispose();
        return ValueTask.CompletedTask;
    }

    TranslatedLine Translate(string text, CancellationToken cancellationToken)
    {
        if (!text.Any(char.IsLetterOrDigit)) return new TranslatedLine(text);
        var parts = new List<string>();
        var complete = true;
        foreach (var part in Parts(text))
        {
            var path = model.Translate(model.Encode(part, target), beams, cancellationToken);
            complete &= model.IsComplete(path);
            parts.Add(model.Decode(path.Tokens));
        }
        var translation = string.Join(' ', parts.Where(part => part.Length > 0));
        if (translation.Length == 0) return TranslatedLine.Failed("The translator gave nothing back.");
        return new TranslatedLine(translation, complete ? null : "The translation reached the model's longest output and may be cut.");
    }

    IEnumerable<string> Parts(string text)
    {
        if (model.Encode(text).Length <= LongLine) return [text];
        return Sentences.Split(text, part => model.Encode(part).Length <= LongestSentence);
    }
}
