using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Signal;
using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Pipeline;

/// <summary>Recognises the sound of a file, or of one channel of it: cuts what is said into lines and knows who says it.</summary>
/// <param name="sound">What it hears; closed with it.</param>
/// <param name="channel">The channel that it hears alone; null for all.</param>
/// <param name="speakers">Tells speakers apart; on one channel there is one.</param>
sealed class SpeechListener(SpeechTap sound, int? channel, SpeakerTracker speakers) : IAsyncDisposable
{
    const double ShortestLine = 0.1;
    readonly UtteranceCutter _cutter = new();
    readonly Queue<SpokenLine> _lines = new();
    IAsyncEnumerator<SpeechToTextResponseUpdate>? _updates;
    double _offset;
    double _lastEnd;

    /// <summary>The channel that it hears alone; null for all.</summary>
    public int? Channel => channel;

    /// <summary>Lines that nobody has taken yet, in order.</summary>
    public Queue<SpokenLine> Lines => _lines;

    /// <summary>Seconds that were listened to.</summary>
    public double Position { get; private set; }

    /// <summary>No line that is not in <see cref="Lines"/> yet begins before this time, in seconds, by the recogniser's measure.</summary>
    public double Until { get; private set; }

    /// <summary>Whether the sound is over.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Lets pass what was heard by the run that this one continues.</summary>
    public async Task SkipAsync(double seconds, CancellationToken cancellationToken)
    {
        _offset = Position = Until = seconds;
        if (_offset > 0) await sound.SkipAsync(_offset, cancellationToken);
    }

    /// <summary>The sound of a line.</summary>
    public float[] Read(double start, double end) => sound.Read(start, end);

    /// <summary>Who says a line; lines come in order.</summary>
    public SpeakerProfile Know(double start, double end, CancellationToken cancellationToken)
    {
        _lastEnd = Math.Max(_lastEnd, end);
        var profile = speakers.Add(sound.Read(start, end), cancellationToken);
        return channel is { } number ? profile with { Id = $"S{number + 1}" } : profile;
    }

    /// <summary>Listens on until the recogniser has something to tell.</summary>
    /// <param name="open">Begins to recognise; called the first time.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>What it told; null at the end.</returns>
    public async Task<SpeechToTextResponseUpdate?> HearAsync(Func<Stream, IAsyncEnumerable<SpeechToTextResponseUpdate>> open, CancellationToken cancellationToken)
    {
        _updates ??= open(sound).GetAsyncEnumerator(cancellationToken);
        if (await _updates.MoveNextAsync())
        {
            foreach (var line in Cut(_updates.Current)) Add(line);
            if (_updates.Current.GetPosition() is { } position) (Position, Until) = (position + _offset, _cutter.OpenSince ?? position + _offset);
            return _updates.Current;
        }
        if (_cutter.Finish() is { } last) Add(last);
        HasEnded = true;
        return null;
    }

    IEnumerable<SpokenLine> Cut(SpeechToTextResponseUpdate update)
    {
        if (update.GetWords() is { Count: > 0 } words)
        {
            foreach (var line in _cutter.Add(words.Select(word => word.Shift(_offset)))) yield return line;
        }
        else if (!string.IsNullOrWhiteSpace(update.Text) && update.StartTime is { } start && update.EndTime is { } end)
        {
            yield return new SpokenLine(start.TotalSeconds + _offset, end.TotalSeconds + _offset, update.Text.Trim(), []);
        }
        if (update.GetPosition() is { } position && _cutter.Advance(position + _offset) is { } ended) yield return ended;
    }

    // The new voice shall begin with the old one, not where the recogniser takes its first word to begin.
    void Add(SpokenLine line)
    {
        var from = Math.Max(0, line.Start - VoiceOnset.Reach);
        if (VoiceOnset.OfLine(sound.Read(from, line.End), MediaDecoder.SpeechRate, line.Start - from) is { } onset)
        {
            // Not Clamp: of a line shorter than the shortest the two limits cross.
            line = line with { Start = Math.Max(Math.Min(from + onset, line.End - ShortestLine), Math.Min(_lastEnd, line.Start)) };
        }
        _lastEnd = Math.Max(_lastEnd, line.End);
        _lines.Enqueue(line);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_updates is not null) await _updates.DisposeAsync();
        await sound.DisposeAsync();
    }
}
