namespace Octavia.Dubbing.Recognition;

/// <summary>Gives windows that an engine could not recognise to another, and says so; after a few in a row, or a key that is refused, all that follow.</summary>
/// <param name="first">Asked first.</param>
/// <param name="beginNext">Begins with the other, in the language that is known.</param>
/// <param name="nextName">Of the other, for people.</param>
sealed class FallbackWindows(IWindowCall first, Func<string?, CancellationToken, Task<IWindowCall>> beginNext, string nextName) : IWindowCall
{
    const int EnoughFailures = 2;
    IWindowCall? _next;
    int _failed;
    string _problem = "";
    bool _isNexts;

    /// <inheritdoc />
    public string? Language => first.Language ?? _next?.Language;

    /// <inheritdoc />
    public double? LanguageProbability => first.Language is not null ? first.LanguageProbability : _next?.LanguageProbability;

    /// <inheritdoc />
    public LanguageDoubt? Doubt => _next?.Doubt ?? first.Doubt;

    /// <inheritdoc />
    public bool IsListening => first.IsListening;

    /// <inheritdoc />
    public Task ListenAsync(SpeechWindow window, CancellationToken cancellationToken) => first.ListenAsync(window, cancellationToken);

    /// <inheritdoc />
    public void Settle() => first.Settle();

    /// <inheritdoc />
    public string? Remark => _isNexts ? $"{_problem} {nextName} recognised parts of it instead." : first.Remark;

    /// <inheritdoc />
    public async Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
    {
        _isNexts = _failed >= EnoughFailures;
        try
        {
            if (!_isNexts)
            {
                var result = await first.RecognizeAsync(window, cancellationToken);
                _failed = 0;
                return result;
            }
        }
        catch (DubbingException e) when (e.Failure.Kind is FailureKind.Engine or FailureKind.MissingTool)
        {
            _problem = e.Failure.Message;
            _failed = e.Failure.Kind == FailureKind.MissingTool ? EnoughFailures : _failed + 1;
            _isNexts = true;
        }
        _next ??= await beginNext(first.Language, cancellationToken);
        return await _next.RecognizeAsync(window, cancellationToken);
    }
}
