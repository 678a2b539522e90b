using System.Text.Json;
using System.Text.Json.Serialization;

namespace Octavia.Dubbing.Quoting;

/// <summary>A figure per second of media, as it was measured here.</summary>
/// <param name="Factor">Mean, weighted by the length of the media.</param>
/// <param name="Runs">In how many runs.</param>
readonly record struct MeasuredFactor(double Factor, int Runs);

/// <summary>
/// What earlier runs on this machine took, per second of media: the last of each kind, in a file in the folder of models. A file that cannot be read is as
/// none, one that cannot be written is left.
/// </summary>
/// <param name="file">Path.</param>
sealed class SpeedLog(string file)
{
    const int Kept = 20;
    readonly Lock _lock = new();

    /// <summary>The log of a folder of models.</summary>
    public static SpeedLog In(string folder) => new(Path.Combine(folder, ".speeds.json"));

    /// <summary>The mean of a kind; null when there was none.</summary>
    public MeasuredFactor? Find(string kind)
    {
        lock (_lock)
        {
            if (!Read().TryGetValue(kind, out var runs) || runs.Sum(run => run.Media) is not (> 0 and var media)) return null;
            return new MeasuredFactor(runs.Sum(run => run.Amount) / media, runs.Count);
        }
    }

    /// <summary>Adds a run.</summary>
    /// <param name="mediaSeconds">Length of its media.</param>
    /// <param name="amounts">What was measured, by kind.</param>
    public void Add(double mediaSeconds, IReadOnlyDictionary<string, double> amounts)
    {
        if (mediaSeconds <= 0) return;
        lock (_lock)
        {
            var all = Read();
            foreach (var (kind, amount) in amounts)
            {
                if (!all.TryGetValue(kind, out var runs)) all[kind] = runs = [];
                runs.Add(new SpeedRun(Math.Round(mediaSeconds, 1), Math.Round(amount, 3)));
                if (runs.Count > Kept) runs.RemoveRange(0, runs.Count - Kept);
            }
            Write(all);
        }
    }

    Dictionary<string, List<SpeedRun>> Read()
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), SpeedJson.Default.Runs) ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    void Write(Dictionary<string, List<SpeedRun>> all)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            // Another process reads the old one or the new one, never half of one.
            var draft = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(all, SpeedJson.Default.Runs));
            File.Move(draft, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next quote goes by what there was before.
            return;
        }
    }
}

/// <summary>One run's figure.</summary>
sealed record SpeedRun(double Media, double Amount);

[JsonSerializable(typeof(Dictionary<string, List<SpeedRun>>), TypeInfoPropertyName = "Runs")]
sealed partial class SpeedJson : JsonSerializerContext;
