using System.Collections.Concurrent;
using Octavia.Dubbing.Scripts;
using Octavia.Dubbing.Speakers;

namespace Octavia.Dubbing.Pipeline;

/// <summary>What recognition has found so far, for the stages after it that must look ahead.</summary>
sealed class HeardLines
{
    readonly Lock _lock = new();
    readonly List<Utterance> _lines = [];
    TaskCompletionSource _news = New();
    double _until;
    bool _complete;
    double _recognized;
    double _byOther;

    /// <summary>Speakers by their id.</summary>
    public ConcurrentDictionary<string, SpeakerProfile> Speakers { get; } = new();

    /// <summary>What a user should know of the recognition, in sentences.</summary>
    public ConcurrentDictionary<string, bool> Remarks { get; } = new();

    /// <summary>Share of the speech that the engine which was asked recognised itself, 0 to 1.</summary>
    public double OwnShare => _recognized > 0 ? 1 - _byOther / _recognized : 1;

    /// <summary>Takes note of who recognised a stretch.</summary>
    public void Weigh(double seconds, bool isByOther)
    {
        _recognized += seconds;
        if (isByOther) _byOther += seconds;
    }

    /// <summary>All lines so far.</summary>
    public IReadOnlyList<Utterance> Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    public void Add(Utterance line) => Tell(() => _lines.Add(line));

    /// <summary>Tells that no further line begins before a time.</summary>
    public void Advance(double seconds) => Tell(() => _until = Math.Max(_until, seconds));

    public void Complete() => Tell(() => _complete = true);

    /// <summary>The line after one, when it is known already.</summary>
    public Utterance? Known(Utterance line)
    {
        lock (_lock) return line.Id < _lines.Count ? _lines[line.Id] : null;
    }

    /// <summary>The line after one; null when none begins before <paramref name="horizon"/>. Waits until that is known.</summary>
    public async Task<Utterance?> NextAsync(Utterance line, double horizon, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task news;
            lock (_lock)
            {
                // Numbers count from 1, so a line's number is the index of the next one.
                if (line.Id < _lines.Count) return _lines[line.Id];
                if (_complete || _until >= horizon) return null;
                news = _news.Task;
            }
            await news.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until no further line begins before a time.</summary>
    public async Task UntilAsync(double seconds, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task news;
            lock (_lock)
            {
                if (_complete || _until >= seconds) return;
                news = _news.Task;
            }
            await news.WaitAsync(cancellationToken);
        }
    }

    void Tell(Action change)
    {
        TaskCompletionSource news;
        lock (_lock)
        {
            change();
            (news, _news) = (_news, New());
        }
        news.SetResult();
    }

    static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
