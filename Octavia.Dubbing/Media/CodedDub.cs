namespace Octavia.Dubbing.Media;

/// <summary>
/// A dub that is coded with loss, which lifts its true peak: by 0.4 dB at most in AAC and by 0.7 dB in Opus, at the rates of <see cref="Container"/>, over eleven
/// limited recordings. Rather than to keep every dub lower by the most that was ever seen, the finished track is measured where it could matter, and
/// written once more, lower, where it did.
/// </summary>
/// <param name="dub">The dub.</param>
sealed class CodedDub(Dub dub)
{
    /// <summary>How often a file is written at most.</summary>
    public const int MostAttempts = 4;

    // Twice the most that was seen.
    const double MostAdded = 1.5;
    // Opus adds up to 0.4 dB more or less when the same sound comes a little lower.
    const double Spare = 0.3;
    double _ceiling = Dub.UsualCeilingDb;
    double _peak = double.NegativeInfinity;

    /// <summary>Writes the dub to the encoder.</summary>
    public async Task WriteAsync(Stream encoder, CancellationToken cancellationToken) => _peak = await dub.WriteAsync(encoder, _ceiling, cancellationToken);

    /// <summary>Whether coding lifted the peak over the promise; then the dub comes lower when it is written again.</summary>
    /// <param name="path">The finished file.</param>
    /// <param name="track">The dub's number among its sound tracks, from 0.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<bool> IsOverAsync(string path, int track, CancellationToken cancellationToken)
    {
        // What was over once is not trusted again.
        if (_ceiling == Dub.UsualCeilingDb && _peak < Dub.PromisedPeakDb - MostAdded) return false;
        var over = (await Loudness.OfAsync(path, $"a:{track}", cancellationToken)).PeakDb - Dub.PromisedPeakDb;
        if (over is not > 0) return false;
        _ceiling -= over.Value + Spare;
        return true;
    }
}
