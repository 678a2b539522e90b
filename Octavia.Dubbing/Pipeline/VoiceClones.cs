using System.Collections.Concurrent;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Reporting;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// The speakers' own voices, cloned for one run with the consent that the request tells of, and deleted at its end however it ends. The names of those that
/// are made are on disk before they are made: what a run that was killed left behind, the run that continues it deletes.
/// </summary>
sealed class VoiceClones(DubbingRequest request, MediaInfo media, EnginePool engines, HeardLines heard, Func<IReadOnlyList<string>, CancellationToken, Task>? checkpoint) : IAsyncDisposable
{
    /// <summary>Names of voices that may be there, in the work folder, one a line.</summary>
    public const string FileName = "clones.txt";

    const string Ours = "octavia ";

    // Seconds that are listened on before a voice is cloned: there may be cleaner speech than the first.
    const double Acquaintance = 60;

    // Whoever stops a run waits for this.
    static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(20);

    readonly ConcurrentDictionary<(string Speaker, IVoiceCloner? Cloner), Lazy<Task<Clone>>> _clones = new();
    readonly ConcurrentQueue<Clone> _made = new();
    readonly SemaphoreSlim _file = new(1, 1);
    readonly List<string> _old = [];
    readonly VoiceSamples? _samples = request.CloneVoices ? new(heard) : null;

    string Path => System.IO.Path.Combine(request.WorkFolder, FileName);

    /// <summary>Takes note of a line of the original.</summary>
    public void Hear(Utterance line, ReadOnlySpan<float> samples) => _samples?.Hear(line, samples);

    /// <summary>Deletes what a run that was killed left behind, where the engine is the one that can.</summary>
    public async Task TidyAsync(ITextToSpeechClient speech, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path) || speech.GetService(typeof(IVoiceCloner)) is not IVoiceCloner cloner) return;
        await _file.WaitAsync(cancellationToken);
        try
        {
            if (!_clones.IsEmpty) return;
            _old.Clear();
            _old.AddRange((await File.ReadAllLinesAsync(Path, cancellationToken)).Where(IsOurs));
            while (_old.Count > 0)
            {
                await cloner.RemoveAsync(_old[^1], null, cancellationToken);
                _old.RemoveAt(_old.Count - 1);
            }
            await File.WriteAllTextAsync(Path, "", cancellationToken);
        }
        catch (DubbingException)
        {
            // The names stay in the file, for the next run.
        }
        finally
        {
            _file.Release();
        }
    }

    /// <summary>The own voice of who says a line; null, with the reason for a flag, where a voice of the library has to do.</summary>
    public async Task<(Voice? Voice, string? Problem)> ForAsync(Utterance line, string language, ITextToSpeechClient speech, CancellationToken cancellationToken)
    {
        if (_samples is null) return (null, null);
        // Singing is not spoken, and nobody needs a voice for it.
        if (line.Speaker is not { } speaker || line.IsSung) return (null, null);
        // Two languages may be spoken by two engines, of which one clones.
        var cloner = speech.GetService(typeof(IVoiceCloner)) as IVoiceCloner;
        var clone = await _clones.GetOrAdd((speaker, cloner), _ => new(() => MakeAsync(line, speaker, cloner, cancellationToken))).Value;
        if (clone.Id is null) return (null, clone.Problem);
        var gender = VoiceCasting.GenderOf(heard.Speakers.GetValueOrDefault(speaker)?.MedianPitch);
        var voice = new Voice(clone.Id, language, gender, heard.Speakers.GetValueOrDefault(speaker)?.MedianPitch, language) { Alias = $"clone of {speaker}" };
        (speech as FallbackTextToSpeechClient)?.Know(voice);
        return (voice, null);
    }

    async Task<Clone> MakeAsync(Utterance line, string speaker, IVoiceCloner? cloner, CancellationToken cancellationToken)
    {
        var clone = new Clone(speaker, $"{Ours}{Guid.NewGuid():N}", cloner);
        _made.Enqueue(clone);
        if (clone.Cloner is null) return clone.Failed("The speech engine cannot clone voices.");
        await heard.UntilAsync(line.End + Acquaintance, cancellationToken);
        if (_samples!.Choose(speaker) is not { } lines) return clone.Failed("Too little clean speech was heard of this speaker to clone the voice.");
        try
        {
            var sample = await SampleAsync(lines, cancellationToken);
            clone.SampleSeconds = (double)sample.Length / MediaDecoder.MixRate;
            await NoteAsync(clone.Name, cancellationToken);
            clone.WasAsked = clone.MayExist = true;
            clone.Id = await clone.Cloner.CloneAsync(clone.Name, Wav.ToPcmBytes(sample, MediaDecoder.MixRate), cancellationToken);
        }
        catch (DubbingException e)
        {
            clone.Failed(e.Failure.Message);
        }
        finally
        {
            // It may be there all the same: a service that answered late, or was not waited for.
            if (clone is { MayExist: true, Id: null }) await RemoveAsync(clone);
        }
        return clone;
    }

    // Without what sounded beside the voice, where the separator is here.
    async Task<float[]> SampleAsync(IReadOnlyList<Utterance> lines, CancellationToken cancellationToken)
    {
        var separator = await engines.SeparatorAsync(cancellationToken);
        var sample = new List<float>();
        foreach (var line in lines)
        {
            var sound = await MediaDecoder.ReadAsync(media, line.Start, line.End, line.Channel, cancellationToken);
            if (separator is not null)
            {
                var speech = new float[sound.Length];
                await Task.Run(() => separator.Split(sound, [], speech), cancellationToken);
                sound = speech;
            }
            sample.AddRange(sound);
        }
        return [.. sample.Take((int)(VoiceSamples.Wanted * MediaDecoder.MixRate))];
    }

    async Task NoteAsync(string name, CancellationToken cancellationToken)
    {
        await _file.WaitAsync(cancellationToken);
        try
        {
            await File.AppendAllTextAsync(Path, name + "\n", cancellationToken);
            if (checkpoint is not null) await checkpoint([FileName], cancellationToken);
        }
        finally
        {
            _file.Release();
        }
    }

    /// <summary>Deletes all voices that were made; to be called when nothing speaks any more, as often as one likes. It never fails: what is left is told.</summary>
    public async Task DeleteAsync()
    {
        // Asking for the value of another would make it.
        foreach (var making in _clones.Values.Where(making => making.IsValueCreated))
            await making.Value.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await Task.WhenAll(_made.Where(clone => clone.MayExist).Select(RemoveAsync));
        if (_made.Any(clone => clone.WasAsked))
            await File.WriteAllTextAsync(Path, string.Concat(_made.Where(clone => clone.MayExist).Select(clone => clone.Name).Concat(_old).Select(name => name + "\n")), CancellationToken.None);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await DeleteAsync();
        _file.Dispose();
    }

    // Not with the run's token: it is for runs that were cancelled too.
    static async Task RemoveAsync(Clone clone)
    {
        using var limit = new CancellationTokenSource(Goodbye);
        try
        {
            await clone.Cloner!.RemoveAsync(clone.Name, clone.Id, limit.Token);
            clone.MayExist = false;
        }
        catch (Exception e) when (e is DubbingException or OperationCanceledException)
        {
            clone.Left = (e as DubbingException)?.Failure.Message ?? $"The cloned voice \"{clone.Name}\" could not be deleted in time: delete it in your account.";
        }
    }

    /// <summary>What a user should know, in sentences.</summary>
    public IEnumerable<string> Notes =>
        (from clone in _made
         from note in new[] { clone.Problem is { } problem ? $"The voice of {clone.Speaker} was not cloned. {problem} A voice of the library speaks." : null, clone.MayExist ? clone.Left : null }
         where note is not null
         select note)
        .Concat(_old.Select(name => $"The cloned voice \"{name}\" of an earlier run could not be deleted: delete it in your account."));

    /// <summary>The report's part on cloning, after <see cref="DeleteAsync"/>; null where none was asked for.</summary>
    public CloneReport? ToReport() => _samples is null ? null : new CloneReport(
        request.ConsentGiven!.Value, request.ConsentBy,
        [.. _made.Select(clone => new ClonedVoice(clone.Speaker, clone.Id, Math.Round(clone.SampleSeconds, 1), !clone.MayExist, clone.Problem))]);

    static bool IsOurs(string name) => name.StartsWith(Ours, StringComparison.Ordinal);

    /// <summary>A voice that was made, or was to be.</summary>
    sealed class Clone(string speaker, string name, IVoiceCloner? cloner)
    {
        public string Speaker => speaker;

        public string Name => name;

        public IVoiceCloner? Cloner => cloner;

        public string? Id { get; set; }

        public double SampleSeconds { get; set; }

        public string? Problem { get; private set; }

        /// <summary>Whether the service was asked to make it.</summary>
        public bool WasAsked { get; set; }

        public bool MayExist { get; set; }

        public Clone Failed(string problem)
        {
            Problem = problem;
            return this;
        }

        /// <summary>Why it could not be deleted.</summary>
        public string? Left { get; set; }
    }
}
