using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;

namespace Octavia.EndToEndTests;

/// <summary>What ffprobe sees in a file: type and language of each stream, and the length.</summary>
sealed record Probe(IReadOnlyList<string> Streams, double Seconds)
{
    public static async Task<Probe> OfAsync(string file)
    {
        var result = await Cli.Wrap("ffprobe")
            .WithArguments(["-v", "error", "-show_entries", "stream=codec_type:stream_tags=language:format=duration", "-of", "json", file])
            .ExecuteBufferedAsync();
        using var document = JsonDocument.Parse(result.StandardOutput);
        var streams = document.RootElement.GetProperty("streams").EnumerateArray().Select(Describe).ToList();
        return new Probe(streams, double.Parse(document.RootElement.GetProperty("format").GetProperty("duration").GetString()!));
    }

    static string Describe(JsonElement stream)
    {
        var language = stream.TryGetProperty("tags", out var tags) && tags.TryGetProperty("language", out var tag) ? tag.GetString() : null;
        return language is null or "und" ? stream.GetProperty("codec_type").GetString()! : $"{stream.GetProperty("codec_type").GetString()} {language}";
    }
}
