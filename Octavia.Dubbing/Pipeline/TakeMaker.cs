using System.Security.Cryptography;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Pipeline;

/// <summary>A take with its sound, and what it says.</summary>
readonly record struct SpokenTake(Take Take, string Text, float[] Samples, int Rate)
{
    /// <summary>What a listener should know of it; null for nothing.</summary>
    public string? Remark { get; init; }

    /// <summary>Its sound at the rate of the mix, cut off after some seconds.</summary>
    public float[] ForMix(double seconds) =>
        Resampler.Resample(Samples.AsSpan(0, Math.Clamp((int)Math.Ceiling(seconds * Rate), 0, Samples.Length)), Rate, MediaDecoder.MixRate);
}

/// <summary>Makes a line's take, or takes that of an interrupted run when it was made from the same.</summary>
/// <param name="wording">Speaks.</param>
/// <param name="engine">What speaks.</param>
/// <param name="workFolder">The takes are in its folder <c>takes</c>.</param>
/// <param name="suffix">From <see cref="ScriptStore.Suffix"/>: two languages may say the same in the same voice, and each in its own way.</param>
sealed class TakeMaker(ShorterWording wording, string engine, string workFolder, string suffix)
{
    /// <summary>How many takes were used again.</summary>
    public int Reused { get; private set; }

    /// <summary>The take of a text, or of a shorter wording; a new one is a file in the work folder when this returns.</summary>
    /// <param name="line">Line that it is for.</param>
    /// <param name="text">What to say.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="slot">Length to fit to, and pace.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<SpokenTake> MakeAsync(Utterance line, string text, Voice voice, Slot slot, CancellationToken cancellationToken)
    {
        if (line.Take is { } take && (take.Hash == HashOf(text) || (line.WasHeard && take.Said == SaidOf(text) && take.Seconds <= slot.Room)) && await ReadAsync(take, text, cancellationToken) is { } known) return known;
        var (said, fitted) = await wording.FitAsync(line, text, voice, slot.Room, slot.Pace, cancellationToken);
        // What another engine had to speak is not used again: the next run asks the right one once more.
        var hash = fitted.Remark is { } remark ? StageHash.Of(HashOf(said), remark) : HashOf(said);
        var file = Wav.ToBytes(fitted.Samples, fitted.Rate);
        var name = $"takes/{line.Id:0000}{suffix}-{hash}.wav";
        var path = Path.Combine(workFolder, name);
        await File.WriteAllBytesAsync(path + ".partial", file, cancellationToken);
        File.Move(path + ".partial", path, overwrite: true);
        var made = new Take(
            name, Convert.ToHexStringLower(SHA256.HashData(file)), voice.Name, Math.Round(fitted.Seconds, 3), fitted.Speed, Math.Round(fitted.Tempo, 3),
            Math.Round(slot.Room, 3), hash)
        {
            ExpectedSeconds = slot.Expected,
            ExpectedOf = slot.Expected > 0 ? ExpectedOf(line, text) : null,
            By = fitted.By,
            Said = fitted.Remark is null ? SaidOf(said) : null,
        };
        return new SpokenTake(made, said, fitted.Samples, fitted.Rate) { Remark = fitted.Remark };

        string SaidOf(string words) => StageHash.Of(words, voice.Name, engine);

        string HashOf(string words) => StageHash.Of(words, voice.Name, engine, FormattableString.Invariant($"{slot.Room:0.00} {slot.Pace.Rate:0.00} {slot.Pace.FillSeconds:0.00} {slot.Pace.Slowest:0.000}"));
    }

    /// <summary>What a length was expected of: the first wording, whatever was spoken in the end.</summary>
    public static string ExpectedOf(Utterance line, string text) => StageHash.Of(line.Translation?.Longer ?? text);

    async Task<SpokenTake?> ReadAsync(Take take, string text, CancellationToken cancellationToken)
    {
        // The name comes from a document that somebody may have edited: it may not lead out of the folder.
        var path = Path.Combine(workFolder, "takes", Path.GetFileName(take.File));
        if (!File.Exists(path)) return null;
        var file = await File.ReadAllBytesAsync(path, cancellationToken);
        if (Convert.ToHexStringLower(SHA256.HashData(file)) != take.Sha256) return null;
        var (samples, rate) = Wav.Read(file);
        Reused++;
        return new SpokenTake(take, text, samples, rate);
    }
}
