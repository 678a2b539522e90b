using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Fitting;

/// <summary>How fast to speak a line that has room.</summary>
/// <param name="Rate">Rate to speak at; 1 is the voice's own.</param>
/// <param name="FillSeconds">Length of the original: a line clearly shorter is spoken slower toward it. 0 to leave it short.</param>
/// <param name="Slowest">Rate in all that filling does not go below.</param>
public sealed record Pace(double Rate, double FillSeconds, double Slowest)
{
    // A tenth of a line in which the mouth still moves is hardly seen.
    const double ClearlyShorter = 0.93;

    /// <summary>The voice's own, whatever the original's length.</summary>
    public static readonly Pace Own = new(1, 0, 1);

    /// <summary>Length in seconds to give a line.</summary>
    /// <param name="seconds">At the voice's own rate.</param>
    /// <param name="room">Most that it may take; what is longer already stays as it is.</param>
    public double LengthOf(double seconds, double room)
    {
        var length = seconds / Rate;
        if (length < ClearlyShorter * FillSeconds) length = Math.Max(length, Math.Min(FillSeconds, seconds / Slowest));
        return length <= seconds ? length : Math.Max(seconds, Math.Min(length, room));
    }
}

/// <summary>
/// Tells how fast each line is to be spoken: slower where it would end long before the original, and with matching at a base rate that brings the
/// speaker's characters a second, against what is usual in each language, near the original's. Lines come in order, and only what came before is used, so
/// that a restarted run decides the same.
/// </summary>
/// <param name="original">Rates of the original; heard here.</param>
/// <param name="dub">Rates of the voices, as they speak by themselves.</param>
/// <param name="match">Whether the rate is to come near the original speaker's.</param>
sealed class Pacing(SpeakingRates original, SpeakingRates dub, bool match)
{
    /// <summary>Slowest that a line is spoken to fill the original's time: slower is heard as slow.</summary>
    public const double Slowest = 0.9;

    // Kokoro loses no words between these (models/kokoro/README.md), and a tempo filter none either.
    const double SlowestBase = 0.8;
    const double FastestBase = 1.1;

    // A rate that wavers is heard; one in steps wavers less.
    const double Step = 0.05;

    // Most that a line may be slower than the one before it of the same speaker.
    const double MostSlowing = 0.15;
    readonly Dictionary<string, double> _last = [];

    /// <summary>Pace of the next line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="start">Seconds: where its take begins.</param>
    public Pace Of(Utterance line, double start)
    {
        var speaker = line.Speaker ?? "";
        original.Hear(speaker, speaker, line.Text.Length, line.Length);
        var rate = match ? Math.Clamp(Math.Round(original.AgainstUsual(speaker) / dub.AgainstUsual(speaker) / Step) * Step, SlowestBase, FastestBase) : 1;
        var slowest = Math.Max(Slowest, _last.GetValueOrDefault(speaker, 1) - MostSlowing);
        return new Pace(Math.Round(rate, 2), Math.Round(Math.Max(0, line.End - start), 2), Math.Round(Math.Min(rate, slowest), 3));
    }

    /// <summary>Takes note of a line that was spoken.</summary>
    public void Hear(Utterance line)
    {
        if (line.Take is { } take) _last[line.Speaker ?? ""] = take.Speed * take.Tempo;
    }
}
