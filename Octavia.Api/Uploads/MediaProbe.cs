using System.Globalization;
using CliWrap;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;

namespace Octavia.Api.Uploads;

/// <summary>Looks into a file with ffprobe, as far as it takes to refuse what cannot be dubbed.</summary>
sealed class MediaProbe(IOptions<UploadOptions> options)
{
    /// <summary>Code of the one refusal that says nothing of the file for good: another time may be faster.</summary>
    public const string TooComplex = "input.too_complex";

    const int MaxStreams = 64;

    // Containers only, those that the engine takes: playlists and scripts would make ffprobe open what they name.
    public const string Containers =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,wav,w64,flac,mp3,aac,aiff,caf,amr,ac3,eac3,dts,mxf,gxf,dv,rm,au,ape,tta,wv";

    // What a process that a signal ended reports: 128 and the signal.
    const int Signalled = 128;
    const long MostMemory = 2L << 30;

    // As each may hold so much, and a user may send many files at once.
    const int ProbesAtOnce = 4;
    static readonly SemaphoreSlim Turns = new(ProbesAtOnce);

    const string Launcher = "/usr/bin/prlimit";

    /// <summary>Length in seconds of media with sound: what its packets say, or its header where they say nothing.</summary>
    public async Task<double> LengthAsync(string file, CancellationToken ct)
    {
        var found = await InTurnAsync(file, ct);
        var streams = found.Streams;
        if (streams.Count > MaxStreams) throw NotMedia();
        if (!streams.Any(x => Is(x, "audio")))
        {
            throw streams.Any(x => Is(x, "video"))
                ? new Refusal(422, "input.no_audio", "This video has no sound, so there is nothing to translate; choose one with an audio track.")
                : NotMedia();
        }
        if (streams.Any(IsCutOff))
            throw new Refusal(422, "input.damaged", "This file is cut off: its end is missing. Export or download it again and try once more.");
        // A header may say nothing, or less than there is.
        var length = found.End - (Number(found.Format, "start_time") ?? 0);
        if (length <= 0) length = Number(found.Format, "duration") ?? 0;
        if (length <= 0)
            throw new Refusal(422, "input.damaged", "Nothing in this file has a length. Export or download it again and try once more.");
        if (length > options.Value.MaxLength.TotalSeconds)
            throw new Refusal(422, "input.too_long", $"This media is too long: {options.Value.MaxLength.TotalHours:0.#} hours at most. Cut it and try again.");
        return length;
    }

    async Task<Finding> InTurnAsync(string file, CancellationToken ct)
    {
        await Turns.WaitAsync(ct);
        try
        {
            return await RunAsync(file, ct);
        }
        finally
        {
            Turns.Release();
        }
    }

    async Task<Finding> RunAsync(string file, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // Processor time is limited; where many wait for the processor or the disk, that takes longer.
        limit.CancelAfter(4 * options.Value.ProbeLimit);
        var found = new Finding();
        // Not what it says: a hostile file makes it talk without end.
        var isCutOff = false;
        try
        {
            var result = await Command([
                    "-v", "error", "-max_alloc", "1073741824", "-protocol_whitelist", "file", "-format_whitelist", Containers, "-count_packets",
                    "-show_entries", "packet=codec_type,pts_time,dts_time,duration_time:format=start_time,duration:stream=codec_type,nb_frames,nb_read_packets",
                    "-of", "compact", "-i", "file:" + file,
                ])
                .WithStandardOutputPipe(PipeTarget.ToDelegate(found.Add))
                .WithStandardErrorPipe(PipeTarget.ToDelegate(line => isCutOff |= line.Contains("moov atom not found", StringComparison.Ordinal)))
                .WithValidation(CommandResultValidation.None)
                .ExecuteAsync(limit.Token);
            if (result.ExitCode == 0) return found;
            if (result.ExitCode > Signalled) throw TakesTooLong();
            throw isCutOff
                ? new Refusal(422, "input.damaged", "This file is damaged or cut off: its index is missing. Export or download it again and try once more.")
                : NotMedia();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw TakesTooLong();
        }
    }

    // A file of a few kilobytes can ask for any amount of memory and time; they are limited where the launcher is, which is part of every Linux.
    Command Command(string[] arguments)
    {
        const string Program = "ffprobe";
        var seconds = (long)Math.Ceiling(options.Value.ProbeLimit.TotalSeconds);
        return File.Exists(Launcher)
            ? Cli.Wrap(Launcher).WithArguments([$"--data={MostMemory}", $"--cpu={seconds}:{seconds + 5}", "--fsize=0", "--core=0", Program, .. arguments])
            : Cli.Wrap(Program).WithArguments(arguments);
    }

    // An index that promises more packets than the file holds.
    static bool IsCutOff(Dictionary<string, string> stream) =>
        Number(stream, "nb_frames") is { } promised && Number(stream, "nb_read_packets") is { } read && read < 0.97 * promised - 2;

    static bool Is(Dictionary<string, string> entry, string type) => entry.GetValueOrDefault("codec_type") == type;

    static double? Number(Dictionary<string, string> entry, string name) =>
        entry.TryGetValue(name, out var value) && double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What ffprobe tells, line by line. Packets come first, and are many: only where the last one ends is kept.</summary>
    sealed class Finding
    {
        public List<Dictionary<string, string>> Streams { get; } = [];

        public Dictionary<string, string> Format { get; private set; } = [];

        /// <summary>Seconds at which the last packet of picture or sound ends.</summary>
        public double End { get; private set; }

        public void Add(string line)
        {
            var fields = line.Split('|');
            var entry = new Dictionary<string, string>();
            foreach (var field in fields.Skip(1))
                if (field.Split('=', 2) is [var name, var value]) entry[name] = value;
            if (fields[0] == "stream") Streams.Add(entry);
            else if (fields[0] == "format") Format = entry;
            else if (fields[0] == "packet" && (Is(entry, "audio") || Is(entry, "video"))
                && (Number(entry, "pts_time") ?? Number(entry, "dts_time")) is { } time)
                End = Math.Max(End, time + (Number(entry, "duration_time") ?? 0));
        }
    }

    static Refusal TakesTooLong() => new(422, TooComplex, "This file takes too long to read; convert it to mp4 and try again.");

    static Refusal NotMedia() => new(
        415, "input.not_media", "This is not playable media, whatever its name says; choose a video or audio file such as mp4, mov, mkv, webm, mp3 or wav.");
}
