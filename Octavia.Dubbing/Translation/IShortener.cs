namespace Octavia.Dubbing.Translation;

/// <summary>What a wording missed its place by.</summary>
/// <param name="Text">The wording.</param>
/// <param name="SecondsOver">How much longer it is than its place, spoken as fast as is bearable.</param>
public sealed record Overrun(string Text, double SecondsOver);

/// <summary>Offered by a translator that can say a line again in fewer words.</summary>
public interface IShortener
{
    /// <summary>Translates a line anew, shorter than the last time.</summary>
    /// <param name="line">The original, with the budget of characters to keep to.</param>
    /// <param name="last">The wording that was too long.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The new wording, not always within the budget; null when there is none.</returns>
    Task<string?> ShortenAsync(TranslationLine line, Overrun last, CancellationToken cancellationToken);
}
