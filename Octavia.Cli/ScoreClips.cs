using Octavia.Dubbing;
using Octavia.Dubbing.Scoring;
using Octavia.Dubbing.Subtitles;

namespace Octavia.Cli;

/// <summary>
/// The clips of a folder: those of its <c>index.tsv</c> (columns <c>path</c>, <c>kind</c>, <c>language</c>, <c>speakers</c>,
/// <c>transcript_status</c>, <c>transcript</c>), or all its media files. Beside a clip, <c>NAME.txt</c> is its transcript where there is no index, and
/// <c>NAME.es.txt</c>, <c>.srt</c> or <c>.vtt</c> a known translation.
/// </summary>
static class ScoreClips
{
    const string Index = "index.tsv";
    static readonly HashSet<string> Media =
        [".mp4", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".aiff"];

    /// <summary>Reads a folder.</summary>
    /// <exception cref="DubbingException"><c>score.no_clips</c>.</exception>
    public static IReadOnlyList<ScoreClip> Read(string folder)
    {
        var index = Path.Combine(folder, Index);
        var clips = File.Exists(index) ? FromIndex(folder, index) : Directory.Exists(folder) ? FromFolder(folder) : [];
        return clips.Count > 0 ? clips : throw new DubbingException(new Failure(
            "score.no_clips", FailureKind.Usage, $"There are no clips in {folder}: name a folder of media files with --media."));
    }

    static List<ScoreClip> FromIndex(string folder, string index)
    {
        var rows = File.ReadLines(index).Select(line => line.Split('\t').Select(Unquote).ToArray()).ToList();
        var columns = rows[0].Select((name, at) => (name, at)).ToDictionary(column => column.name, column => column.at);
        return [.. rows.Skip(1).Where(row => Cell(row, "language").Length > 0 && File.Exists(Path.Combine(folder, Cell(row, "path")))).Select(ToClip)];

        string Cell(string[] row, string column) => columns.TryGetValue(column, out var at) && at < row.Length ? row[at] : "";

        ScoreClip ToClip(string[] row)
        {
            var path = Path.Combine(folder, Cell(row, "path"));
            var language = Cell(row, "language");
            var status = Cell(row, "transcript_status");
            // What a machine wrote down is no measure of a machine.
            var exact = status.StartsWith("exact", StringComparison.Ordinal) || status.StartsWith("publicly known", StringComparison.Ordinal) || !columns.ContainsKey("transcript_status");
            return new ScoreClip(
                path,
                Languages.Find(language)?.Code ?? language,
                int.TryParse(Cell(row, "speakers"), out var speakers) ? speakers : null,
                exact && Cell(row, "transcript") is { Length: > 0 } text ? text : null,
                References(path));
        }
    }

    static List<ScoreClip> FromFolder(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Media.Contains(Path.GetExtension(path).ToLowerInvariant())).Order(StringComparer.Ordinal)
            .Select(path => new ScoreClip(path, "auto", null, ReadText(Path.ChangeExtension(path, ".txt")), References(path))),
    ];

    static Dictionary<string, string> References(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $"{name}.??.*")
            .Select(file => (Language: Path.GetFileNameWithoutExtension(file)[^2..], Text: ReadText(file)))
            .Where(file => file.Text is not null).DistinctBy(file => file.Language).ToDictionary(file => file.Language, file => file.Text!);
    }

    static string? ReadText(string path) => !File.Exists(path) ? null : Path.GetExtension(path) switch
    {
        ".txt" => File.ReadAllText(path).Trim(),
        ".srt" or ".vtt" => string.Join(' ', SubtitleReader.Read(File.ReadAllText(path)).Select(cue => cue.Text)),
        _ => null,
    };

    static string Unquote(string cell) =>
        cell.Length >= 2 && cell[0] == '"' && cell[^1] == '"' ? cell[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : cell;
}
