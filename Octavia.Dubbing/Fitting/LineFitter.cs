using System.Runtime.InteropServices;
using CliWrap;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Fitting;

/// <summary>A line as spoken and fitted.</summary>
/// <param name="Samples">Mono.</param>
/// <param name="Rate">Samples per second.</param>
/// <param name="Speed">Rate asked of the engine.</param>
/// <param name="Tempo">Rate of the filter after it.</param>
public sealed record FittedLine(float[] Samples, int Rate, double Speed, double Tempo)
{
    /// <summary>Length in seconds.</summary>
    public double Seconds => (double)Samples.Length / Rate;

    /// <summary>What a listener should know of it: that another engine spoke it; null for nothing.</summary>
    public string? Remark { get; init; }

    /// <summary>The other engine's name; null for none.</summary>
    public string? By { get; init; }

    /// <summary>Length in seconds that it would have at the voice's own rate.</summary>
    public double NaturalSeconds => Seconds * Speed * Tempo;
}

/// <summary>
/// Speaks a line into its slot: edges trimmed, inner pauses shortened, then faster, by 1.2 at most in all. The best quality speaks again at the engine's own
/// rate first (up to 1.1, above it words are lost), which sounds less hurried and doubles the work; otherwise a tempo filter does it all, and
/// fewer words are lost to it than to the engine's rate (models/kokoro/README.md: WER 0.013 against 0.020 at 1.1). A line that has room is brought to its
/// <see cref="Pace"/> by the filter: at 0.9 both lose next to nothing (0.010 and 0.005), but the filter meets a length, which the engine misses by up to a
/// tenth, and need not speak again.
/// </summary>
/// <param name="speech">Any engine; only one that is an <see cref="IDurationPredictor"/> is asked for its own rate.</param>
/// <param name="quality">How much time quality may cost.</param>
public sealed class LineFitter(ITextToSpeechClient speech, Quality quality = Quality.Balanced)
{
    /// <summary>Most that a line is sped up in all.</summary>
    public const double MostTempo = 1.2;
    const float Silence = 0.01f;
    const double EdgeSeconds = 0.03;
    // Seconds that a line may be too long before a filter, which costs a little of its sound, is worth it.
    const double Unheard = 0.02;
    static readonly double[] Speeds = [1, 1.05, 1.1];
    readonly IDurationPredictor? _predictor = QualitySettings.Of(quality).SpeaksAgain ? speech.GetService(typeof(IDurationPredictor)) as IDurationPredictor : null;
    readonly IJointSpeech? _joint = speech.GetService(typeof(IJointSpeech)) as IJointSpeech;

    /// <summary>Tells which lines come next in one voice: an engine that can speaks them together.</summary>
    /// <param name="texts">In their order.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task SpeakAheadAsync(IReadOnlyList<string> texts, Voice voice, CancellationToken cancellationToken)
    {
        if (_joint is not null && texts.Count > 1) await _joint.SpeakAheadAsync(texts, voice.Id, cancellationToken);
    }

    /// <summary>Length in seconds that a line will have at the voice's own rate; null from an engine that would have to be paid to tell.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException">What the engine throws.</exception>
    public async Task<double?> PredictAsync(string text, Voice voice, CancellationToken cancellationToken)
    {
        // What such an engine has spoken it keeps: nothing is done twice.
        if (_joint is null) return null;
        var (samples, rate, _, _) = await SpeakAsync(text, voice, 1, cancellationToken);
        return (double)samples.Length / rate;
    }

    /// <summary>Speaks one line.</summary>
    /// <param name="text">Not empty.</param>
    /// <param name="voice">Voice.</param>
    /// <param name="slotSeconds">Length to fit to; it may still come out longer.</param>
    /// <param name="pace">How fast where there is room.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>speech.silent</c>, or what the engine throws.</exception>
    public async Task<FittedLine> FitAsync(string text, Voice voice, double slotSeconds, Pace pace, CancellationToken cancellationToken)
    {
        var (samples, rate, remark, by) = await SpeakAsync(text, voice, 1, cancellationToken);
        samples = InnerPauses.Shorten(samples, rate, slotSeconds);
        var speed = await ChooseSpeedAsync(text, voice, (double)samples.Length / rate, slotSeconds, cancellationToken);
        if (speed > 1)
        {
            (samples, rate, remark, by) = await SpeakAsync(text, voice, speed, cancellationToken);
            samples = InnerPauses.Shorten(samples, rate, slotSeconds);
        }
        var seconds = (double)samples.Length / rate;
        var tempo = seconds <= slotSeconds + Unheard
            ? seconds / (speed > 1 ? seconds : pace.LengthOf(seconds, slotSeconds))
            : Math.Min(MostTempo / speed, Math.Max(seconds / slotSeconds, pace.Rate / speed));
        if (Math.Abs(seconds / tempo - seconds) <= Unheard) return new FittedLine(samples, rate, speed, 1) { Remark = remark, By = by };
        return new FittedLine(TimeStretch.Apply(samples, rate, tempo), rate, speed, tempo) { Remark = remark, By = by };
    }

    async Task<double> ChooseSpeedAsync(string text, Voice voice, double seconds, double slotSeconds, CancellationToken cancellationToken)
    {
        if (_predictor is null || seconds <= slotSeconds) return 1;
        var lengths = await _predictor.PredictAsync(text, voice.Id, Speeds, cancellationToken);
        for (var i = 0; i < Speeds.Length; i++)
            if (seconds * lengths[i] / lengths[0] <= slotSeconds)
                return Speeds[i];
        return Speeds[^1];
    }

    async Task<(float[] Samples, int Rate, string? Remark, string? By)> SpeakAsync(string text, Voice voice, double speed, CancellationToken cancellationToken)
    {
        var options = new TextToSpeechOptions { VoiceId = voice.Id, Language = voice.Language, Speed = (float)speed, AudioFormat = "wav" };
        var response = await speech.GetAudioAsync(text, options, cancellationToken);
        var audio = response.Contents.OfType<DataContent>().FirstOrDefault()
            ?? throw new DubbingException(new Failure("speech.silent", FailureKind.Engine, $"The voice {voice.Id} returned no sound."));
        var (raw, rate) = audio.Data.Span.StartsWith("RIFF"u8) ? Wav.Read(audio.Data.Span) : await DecodeAsync(audio.Data, cancellationToken);
        var samples = Trim(raw, rate);
        return samples.Length > 0 ? (samples, rate, response.GetRemark(), response.GetOtherEngine()) : throw new DubbingException(
            new Failure("speech.silent", FailureKind.Engine, $"The voice {voice.Id} said nothing for this line."));
    }

    // Other vendors answer with MP3 or Opus whatever they are asked for. A line lasts seconds; a small file may hold hours of silence.
    static async Task<(float[] Samples, int Rate)> DecodeAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken)
    {
        const int rate = 24_000;
        const int longest = 600;
        using var output = new MemoryStream();
        var run = await ChildProcess.RunAsync(
            "ffmpeg",
            [.. Ffmpeg.Quiet, .. Ffmpeg.PipeInput, "-vn", "-t", $"{longest}", "-f", "f32le", "-ar", $"{rate}", "-ac", "1", "pipe:1"],
            TimeSpan.FromMinutes(1),
            PipeSource.FromBytes(audio),
            PipeTarget.ToStream(output),
            cancellationToken);
        if (run.ExitCode != 0)
            throw new DubbingException(new Failure("speech.unreadable", FailureKind.Engine, $"ffmpeg could not read a spoken line: {run.Error}"));
        return (MemoryMarshal.Cast<byte, float>(output.GetBuffer().AsSpan(0, (int)output.Length)).ToArray(), rate);
    }

    static float[] Trim(float[] samples, int rate)
    {
        var first = Array.FindIndex(samples, s => Math.Abs(s) >= Silence);
        if (first < 0) return [];
        var last = Array.FindLastIndex(samples, s => Math.Abs(s) >= Silence);
        var edge = (int)(EdgeSeconds * rate);
        return samples[Math.Max(0, first - edge)..Math.Min(samples.Length, last + 1 + edge)];
    }
}
