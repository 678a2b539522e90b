using System.Threading.Channels;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Mixing;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// One language of a dub: its script, its voices and its mix. All versions of a run are fed by the one recognition, line by line, and each goes on at its
/// own pace.
/// </summary>
sealed class DubVersion : IAsyncDisposable
{
    readonly DubbingRequest _request;
    readonly EnginePool _engines;
    readonly ScriptStore _heard;
    readonly ScriptStore _store;
    readonly RunProgress _progress;
    readonly TranslationStage _translation;
    readonly SpeechStage _speech;
    readonly FileStream _mix;
    readonly Channel<Utterance> _lines = Channel.CreateUnbounded<Utterance>();
    Mixer? _mixer;
    LoudnessReport? _loudness;

    /// <summary>A version.</summary>
    /// <param name="language">ISO 639-1.</param>
    /// <param name="request">The run's.</param>
    /// <param name="engines">Engines.</param>
    /// <param name="heard">The script that recognition writes.</param>
    /// <param name="store">This version's: the same, or one beside it, which this closes; with the length of the media.</param>
    /// <param name="progress">This version's part.</param>
    /// <param name="lines">What recognition has found.</param>
    /// <param name="clones">The speakers' own voices.</param>
    public DubVersion(string language, DubbingRequest request, EnginePool engines, ScriptStore heard, ScriptStore store, RunProgress progress, HeardLines lines, VoiceClones clones)
    {
        (_request, _engines, _heard, _store, _progress, Language) = (request, engines, heard, store, progress, language);
        store.Script.TargetLanguage = language;
        store.Script.DurationSeconds = heard.Script.DurationSeconds;
        var rates = new SpeakingRates(language);
        _translation = new TranslationStage(request, engines, store, progress, lines, rates);
        _speech = new SpeechStage(request, engines, store, progress, lines, rates, clones);
        _mix = new FileStream(
            Path.Combine(request.WorkFolder, $"mix{store.Suffix}.pcm"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
    }

    /// <summary>ISO 639-1.</summary>
    public string Language { get; }

    /// <summary>The document of this version.</summary>
    public Script Script => _store.Script;

    /// <summary>Takes lines until it is completed.</summary>
    public ChannelWriter<Utterance> Input => _lines.Writer;

    /// <summary>Takes a line that was recognised, in the order of their numbers.</summary>
    public async Task AddAsync(Utterance line, CancellationToken cancellationToken)
    {
        if (_store != _heard) line = await FollowAsync(line, cancellationToken);
        await _lines.Writer.WriteAsync(line, cancellationToken);
    }

    /// <summary>Tells that no further line comes.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_store == _heard) return;
        await _store.UpdateAsync(
            script =>
            {
                var count = _heard.Script.Utterances.Count;
                script.Utterances.RemoveRange(count, script.Utterances.Count - count);
                (script.RecognizedUntil, script.Recognized) = (_heard.Script.RecognizedUntil, true);
            },
            null,
            cancellationToken);
    }

    // What an interrupted run made of the line is kept where the line is the same. Recognition may have lost its last lines, and found others since.
    async Task<Utterance> FollowAsync(Utterance line, CancellationToken cancellationToken)
    {
        var own = line;
        await _store.UpdateAsync(
            script =>
            {
                (script.SourceLanguage, script.SourceLanguageProbability) = (_heard.Script.SourceLanguage, _heard.Script.SourceLanguageProbability);
                var at = line.Id - 1;
                if (at < script.Utterances.Count && line.IsSameAs(script.Utterances[at]))
                {
                    own = script.Utterances[at];
                    return;
                }
                own = line.Copy();
                script.Utterances.RemoveRange(at, script.Utterances.Count - at);
                script.Utterances.Add(own);
                script.RecognizedUntil = line.End;
            },
            null,
            cancellationToken);
        return own;
    }

    /// <summary>Starts the stages after recognition.</summary>
    public IEnumerable<Task> Start(MediaInfo media, CancellationToken cancellationToken)
    {
        var translated = Channel.CreateUnbounded<Utterance>();
        var spoken = Channel.CreateBounded<MixLine>(8);
        return
        [
            Stages.RunAsync(() => _translation.RunAsync(_lines.Reader, translated.Writer, cancellationToken), translated.Writer),
            Stages.RunAsync(() => _speech.RunAsync(translated.Reader, spoken.Writer, cancellationToken), spoken.Writer),
            MixAsync(media, spoken.Reader, cancellationToken),
        ];
    }

    async Task MixAsync(MediaInfo media, ChannelReader<MixLine> lines, CancellationToken cancellationToken)
    {
        await using var decoder = MediaDecoder.OpenMix(media, cancellationToken);
        _mixer = new Mixer(decoder, await _engines.SeparatorAsync(cancellationToken), _mix);
        await foreach (var line in lines.ReadAllAsync(cancellationToken))
        {
            await _progress.TimeAsync(Phase.Assembling, () => Task.Run(() => _mixer.AddAsync(line, cancellationToken), cancellationToken));
            _progress.Report(Phase.Assembling, 0.6 * _mixer.Seconds / media.DurationSeconds, "Mixing");
        }
        await _progress.TimeAsync(Phase.Assembling, () => Task.Run(() => _mixer.CompleteAsync(cancellationToken), cancellationToken));
    }

    /// <summary>Writes the finished sound, once all stages have ended: 48 kHz stereo 32 bit float, its true peak under a ceiling in dBTP; returns its true peak.</summary>
    public async Task<double> WriteAsync(Stream output, double ceilingDb, CancellationToken cancellationToken)
    {
        _loudness = await Master.WriteAsync(_mix, _mixer!.Source.Integrated, _mixer.Mixed.Integrated, _mixer.Peak, ceilingDb, output, cancellationToken);
        return _loudness.TruePeakDb;
    }

    /// <summary>Ends a run of the beginning: see <see cref="ScriptStore.LeaveOffAsync"/>.</summary>
    public Task LeaveOffAsync(double seconds, CancellationToken cancellationToken) => _store.LeaveOffAsync(seconds, cancellationToken);

    /// <summary>What a user should know of it, in sentences.</summary>
    public IEnumerable<string> Notes => _speech.Problem is { } problem ? [problem] : [];

    /// <summary>What became of it.</summary>
    public VersionReport ToReport() => new()
    {
        Language = Language,
        Engines = new Dictionary<string, string> { ["translation"] = _translation.Engine!, ["speech"] = _speech.Engine! },
        Voices = _request.Voice is { } voice
            ? Script.Utterances.Select(line => line.Speaker ?? "").Distinct().ToDictionary(speaker => speaker, _ => voice)
            : _speech.Cast.ToDictionary(cast => cast.Key, cast => cast.Value.Name),
        Speakers = _speech.Speakers,
        Lines = LineFigures.Of(Script.Utterances, _speech.Reused),
        Tokens = _translation.Tokens,
        Loudness = _loudness,
    };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_store != _heard) _store.Dispose();
        }
        finally
        {
            await _mix.DisposeAsync();
        }
    }
}
