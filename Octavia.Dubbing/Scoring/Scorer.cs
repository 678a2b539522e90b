using System.Runtime.InteropServices;
using System.Text.Json;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Signal;

namespace Octavia.Dubbing.Scoring;

/// <summary>Dubs clips and measures what came out: from the finished file where that tells it, else from the script and the takes.</summary>
/// <param name="dubber">The engine.</param>
public sealed class Scorer(Dubber dubber)
{
    /// <summary>Lines may be a twentieth of a second off, as two frames of film are.</summary>
    const double Tolerance = 0.05;
    // What the bed is measured over, so that memory stays bounded: at 1 MB a second.
    const int LongestBed = 300 * MediaDecoder.MixRate;

    /// <summary>Scores a clip.</summary>
    /// <param name="clip">Clip.</param>
    /// <param name="to">ISO 639-1 of the dub.</param>
    /// <param name="folder">Empty folder for the dub and what it leaves; kept.</param>
    /// <param name="quality">How much time quality may cost.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The score; of a clip that could not be dubbed, why.</returns>
    public async Task<ClipScore> ScoreAsync(ScoreClip clip, string to, string folder, Quality quality, CancellationToken cancellationToken)
    {
        var request = new DubbingRequest
        {
            Input = clip.Path,
            OutputFolder = Path.Combine(folder, "out"),
            WorkFolder = Path.Combine(folder, "work"),
            SourceLanguage = clip.Language,
            TargetLanguages = [to],
            Quality = quality,
        };
        var score = new ClipScore { Clip = Path.GetFileName(clip.Path), From = clip.Language, To = to, SpeakersKnown = clip.Speakers };
        DubbingResult result;
        try
        {
            result = await dubber.RunAsync(request, null, cancellationToken);
        }
        catch (DubbingException e)
        {
            return score with { Failure = $"{e.Failure.Code}: {e.Failure.Message}" };
        }
        var script = await ReadAsync(result, cancellationToken);
        var (report, version) = (result.Report, result.Report.Versions[0]);
        var source = await MediaProbe.ProbeAsync(clip.Path, cancellationToken);
        // Another meter than the one that made the dub.
        var before = await Loudness.OfAsync(clip.Path, $"{source.Speech.Index}", cancellationToken);
        var after = await Loudness.OfAsync(result.Main.Path, "a:0", cancellationToken);
        var said = string.Join(' ', script.Utterances.Where(line => line.Placement is not null).Select(line => line.Translation!.Text));
        return score with
        {
            From = script.SourceLanguage,
            DurationSeconds = report.DurationSeconds,
            Lines = await LinesAsync(script, source, request.WorkFolder, cancellationToken),
            Overlaps = version.Lines.Overlaps,
            LoudnessDifference = before.Lufs is { } was && after.Lufs is { } now ? Math.Round(now - was, 1) : null,
            TruePeakDb = after.PeakDb,
            PictureUntouched = report.Picture?.Untouched,
            Bed = await MeasureBedAsync(script, source, folder, cancellationToken),
            Again = Words(WordErrors.Of(said, await HearAgainAsync(result.Main.Path, to, folder, cancellationToken), to)),
            Recognition = clip.Transcript is { } words ? Words(WordErrors.Of(words, Text(script), script.SourceLanguage)) : null,
            TranslationChrF = clip.References.TryGetValue(to, out var reference)
                ? Math.Round(CharacterF.Of(reference, string.Join(' ', script.Utterances.Select(line => line.Translation?.Text))), 1) : null,
            SpeakersFound = script.Utterances.Select(line => line.Speaker).Distinct().Count(),
            Voices = script.Utterances.Where(line => line.Take is not null).Select(line => line.Take!.Voice).Distinct().Count(),
            SpeechEngine = version.Engines["speech"],
            RealTimeFactors = new Dictionary<string, double>(report.StageRealTimeFactors) { ["whole"] = report.RealTimeFactor },
            PeakMemoryMebibytes = report.PeakMemoryMebibytes,
            Flags = version.Lines.Flags,
        };
    }

    /// <summary>Scores the recognition of a clip alone.</summary>
    /// <param name="clip">Clip whose transcript is known.</param>
    /// <param name="folder">Empty folder for what the run leaves; kept.</param>
    /// <param name="quality">How much time quality may cost.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The score; of a clip in which nothing was recognised all words are wrong.</returns>
    public async Task<RecognitionScore> RecognizeAsync(ScoreClip clip, string folder, Quality quality, CancellationToken cancellationToken)
    {
        var request = new DubbingRequest
        {
            Task = DubbingTask.Transcribe,
            Input = clip.Path,
            OutputFolder = Path.Combine(folder, "out"),
            WorkFolder = Path.Combine(folder, "work"),
            SourceLanguage = clip.Language,
            Quality = quality,
        };
        var (text, language, report) = ("", clip.Language, (DubbingReport?)null);
        try
        {
            var result = await dubber.RunAsync(request, null, cancellationToken);
            var script = await ReadAsync(result, cancellationToken);
            (text, language, report) = (Text(script), script.SourceLanguage, result.Report);
        }
        catch (DubbingException e) when (e.Failure.Code == "input.no_speech")
        {
            // Every word of it is missed.
        }
        return new RecognitionScore(
            Path.GetFileName(clip.Path), language, Words(WordErrors.Of(clip.Transcript!, text, language)),
            report?.DurationSeconds ?? 0, report?.ElapsedSeconds ?? 0, report?.PeakMemoryMebibytes ?? 0, report?.Engines["recognition"]);
    }

    static WordScore Words((int Errors, int Units) counted) => new(counted.Errors, counted.Units);

    static string Text(Script script) => string.Join(' ', script.Utterances.Select(line => line.Text));

    static async Task<Script> ReadAsync(DubbingResult result, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(result.Artifacts.Single(artifact => artifact.Kind == "script").Path);
        return (await JsonSerializer.DeserializeAsync(file, ScriptJson.Readable.Script, cancellationToken))!;
    }

    async Task<string> HearAgainAsync(string path, string language, string folder, CancellationToken cancellationToken)
    {
        var request = new DubbingRequest
        {
            Task = DubbingTask.Transcribe,
            Input = path,
            OutputFolder = Path.Combine(folder, "again"),
            WorkFolder = Path.Combine(folder, "again-work"),
            SourceLanguage = language,
        };
        try
        {
            return Text(await ReadAsync(await dubber.RunAsync(request, null, cancellationToken), cancellationToken));
        }
        catch (DubbingException e) when (e.Failure.Code == "input.no_speech")
        {
            return "";
        }
    }

    static async Task<IReadOnlyList<LineScore>> LinesAsync(Script script, MediaInfo source, string work, CancellationToken cancellationToken)
    {
        var sound = await SpeechAsync(source, cancellationToken);
        return [.. script.Utterances
            .GroupBy(line => line.Speaker)
            .SelectMany(own => own.Select((line, i) => (Line: line, Inside: i > 0 && Phrase.Continues(own.ElementAt(i - 1), line))))
            .Where(one => one.Line.Translation?.Text.Any(char.IsLetterOrDigit) == true)
            .Select(one => ScoreLine(one.Line, one.Inside, sound, work))];
    }

    static LineScore ScoreLine(Utterance line, bool inside, float[] sound, string work)
    {
        if (line is not { Take: { } take, Placement: { } place }) return new LineScore(false, null, null, null);
        var whole = place.End - place.Start >= take.Seconds - Tolerance;
        var (late, drift) = (place.Start - line.Start, inside ? Phrase.MostDrift : 0);
        var inSlot = whole && late <= drift + Tolerance && -late <= drift + Timeline.MostEarly + Tolerance && take.Seconds <= take.SlotSeconds + Tolerance;
        using var file = File.OpenRead(Path.Combine(work, take.File));
        var (samples, rate) = Wav.Read(file);
        var onset = VoiceOnset.OfTake(samples, rate) is { } heard && OnsetOf(line, sound) is { } was ? place.Start + heard - was : (double?)null;
        return new LineScore(inSlot, take.Speed * take.Tempo, onset, inside ? late : null);
    }

    static double? OnsetOf(Utterance line, float[] sound)
    {
        const int rate = MediaDecoder.SpeechRate;
        var from = Math.Max(0, line.Start - VoiceOnset.Reach);
        var until = Math.Max(line.End, line.Start + VoiceOnset.Reach);
        return from + VoiceOnset.OfLine(sound.AsSpan((int)(from * rate)..(int)Math.Min(sound.Length, until * rate)), rate, line.Start - from);
    }

    static async Task<float[]> SpeechAsync(MediaInfo media, CancellationToken cancellationToken)
    {
        await using var decoder = MediaDecoder.OpenSpeech(media, cancellationToken);
        using var bytes = new MemoryStream();
        await decoder.CopyToAsync(bytes, cancellationToken);
        var pcm = MemoryMarshal.Cast<byte, short>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        var samples = new float[pcm.Length];
        for (var i = 0; i < samples.Length; i++) samples[i] = pcm[i] / 32768f;
        return samples;
    }

    async Task<BedFigures> MeasureBedAsync(Script script, MediaInfo source, string folder, CancellationToken cancellationToken)
    {
        if (await dubber.Engines.SeparatorAsync(cancellationToken) is not { } separator) return new BedFigures(null, null, null);
        var (middle, side) = await StereoAsync(MediaDecoder.OpenMix(source, cancellationToken), cancellationToken);
        var (bedMiddle, bedSide) = await StereoAsync(await BedAsync(script, source, separator, folder, cancellationToken), cancellationToken);
        var voice = new float[middle.Length];
        separator.Split(middle, [], voice);
        foreach (var sound in (float[][])[middle, side, bedMiddle, bedSide, voice]) BedMeter.KeepHeard(sound, MediaDecoder.MixRate);
        var meter = new BedMeter();
        // On one channel of two the other is no background.
        foreach (var line in script.Utterances.Where(line => line is { Placement: not null, Channel: null }))
        {
            var (from, until) = (At(line.Start - BedMeter.Around), At(line.End + BedMeter.Around));
            meter.Add(
                voice.AsSpan(from..until), new Stereo(middle, side).Slice(from, until - from), new Stereo(bedMiddle, bedSide).Slice(from, until - from),
                (At(line.Start) - from)..(At(line.End) - from), MediaDecoder.MixRate);
        }
        return meter.Figures;

        int At(double seconds) => (int)Math.Clamp(seconds * MediaDecoder.MixRate, 0, middle.Length);
    }

    // The same mix with silence for voices.
    static async Task<Stream> BedAsync(Script script, MediaInfo source, IBackgroundSource separator, string folder, CancellationToken cancellationToken)
    {
        var bed = new FileStream(Path.Combine(folder, "bed.pcm"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await using var decoder = MediaDecoder.OpenMix(source, cancellationToken);
        var mixer = new Mixer(decoder, separator, bed);
        foreach (var line in script.Utterances)
            await mixer.AddAsync(new MixLine(line.Start, line.End, line.Start, line.Placement is null ? null : new float[1], 0, line.Channel), cancellationToken);
        await mixer.CompleteAsync(cancellationToken);
        bed.Position = 0;
        return bed;
    }

    static async Task<(float[] Middle, float[] Side)> StereoAsync(Stream stereo, CancellationToken cancellationToken)
    {
        await using var _ = stereo;
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (bytes.Length < (long)LongestBed * 2 * sizeof(float) && await stereo.ReadAsync(buffer, cancellationToken) is > 0 and var read) bytes.Write(buffer, 0, read);
        var frames = MemoryMarshal.Cast<byte, float>(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        var (middle, side) = (new float[frames.Length / 2], new float[frames.Length / 2]);
        for (var i = 0; i < middle.Length; i++) (middle[i], side[i]) = ((frames[2 * i] + frames[2 * i + 1]) / 2, (frames[2 * i] - frames[2 * i + 1]) / 2);
        return (middle, side);
    }
}
