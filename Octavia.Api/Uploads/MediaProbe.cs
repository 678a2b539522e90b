using System.Globalization;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Looks into a file with ffprobe, as far as it takes to refuse what cannot be dubbed.</summary>
sealed class MediaProbe(IOptions<UploadOptions> options)
{
    const int MaxStreams = 64;

    // Containers only: playlists and scripts would make ffprobe open what they name.
    const string Containers =
        "mov,matroska,webm,avi,flv,mpegts,mpeg,ogg,wav,w64,aiff,caf,mp3,flac,aac,ac3,eac3,amr,asf,mxf,nut,au,ivf,dv,m4v,rm,3gp";

    /// <summary>Length in seconds of media with sound.</summary>
    public async Task<double> LengthAsync(string file, CancellationToken ct)
    {
        using var document = JsonDocument.Parse(await RunAsync(file, ct));
        var streams = document.RootElement.TryGetProperty("streams", out var list) ? list.EnumerateArray().ToList() : [];
        if (streams.Count > MaxStreams) throw NotMedia();
        if (!streams.Any(x => Is(x, "audio")))
        {
            throw streams.Any(x => Is(x, "video"))
                ? new Refusal(422, "input.no_audio", "This video has no sound, so there is nothing to translate; choose one with an audio track.")
                : NotMedia();
        }
        if (streams.Any(IsCutOff))
            throw new Refusal(422, "input.damaged", "This file is cut off: its end is missing. Export or download it again and try once more.");
        var length = document.RootElement.TryGetProperty("format", out var format) && Number(format, "duration") is { } whole
            ? whole
            : streams.Max(x => Number(x, "duration") ?? 0);
        if (length > options.Value.MaxLength.TotalSeconds)
            throw new Refusal(422, "input.too_long", $"This media is too long: {options.Value.MaxLength.TotalHours:0.#} hours at most. Cut it and try again.");
        return length;
    }

    async Task<string> RunAsync(string file, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Value.ProbeLimit);
        try
        {
            var result = await Cli.Wrap("ffprobe")
                .WithArguments([
                    "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", Containers, "-count_packets",
                    "-show_entries", "format=format_name,duration:stream=codec_type,codec_name,duration,nb_frames,nb_read_packets",
                    "-of", "json", "-i", "file:" + file,
                ])
                .WithValidation(CommandResultValidation.None)
                .ExecuteBufferedAsync(limit.Token);
            if (result.ExitCode == 0) return result.StandardOutput;
            throw result.StandardError.Contains("moov atom not found", StringComparison.Ordinal)
                ? new Refusal(422, "input.damaged", "This file is damaged or cut off: its index is missing. Export or download it again and try once more.")
                : NotMedia();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new Refusal(422, "input.too_complex", "This file takes too long to read; convert it to mp4 and try again.");
        }
    }

    // An index that promises more packets than the file holds.
    static bool IsCutOff(JsonElement stream) =>
        Number(stream, "nb_frames") is { } promised && Number(stream, "nb_read_packets") is { } read && read < 0.97 * promised - 2;

    static bool Is(JsonElement stream, string type) => stream.TryGetProperty("codec_type", out var value) && value.GetString() == type;

    static double? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && double.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    static Refusal NotMedia() => new(
        415, "input.not_media", "This is not playable media, whatever its name says; choose a video or audio file such as mp4, mov, mkv, webm, mp3 or wav.");
}
