namespace Octavia.Dubbing.Speech;

/// <summary>A text in one voice, on its way through the network.</summary>
/// <param name="Text">Cleaned text.</param>
/// <param name="VoiceId">Voice.</param>
/// <param name="Pieces">Tokens of each piece, without pads.</param>
sealed record KokoroUtterance(string Text, string VoiceId, IReadOnlyList<long[]> Pieces)
{
    /// <summary>Raw durations of each piece; null until the network has run.</summary>
    public IReadOnlyList<float[]>? RawDurations { get; set; }

    /// <summary>Sound at speed 1; null until it was asked for.</summary>
    public float[]? Samples { get; set; }

    /// <summary>Keeps what a run over several lines gave for this one: its sound at speed 1 without the pads around a single line.</summary>
    public void Keep(float[] samples, float[] rawDurations) => (Samples, RawDurations) = (samples, [rawDurations]);
}

/// <summary>The utterances used last: fitting predicts a length, speaks, and comes back with another speed.</summary>
sealed class RecentUtterances(int capacity)
{
    readonly Lock gate = new();
    readonly LinkedList<KokoroUtterance> list = new();

    public KokoroUtterance? Find(string text, string voiceId)
    {
        lock (gate)
        {
            for (var node = list.First; node is not null; node = node.Next)
                if (node.Value.VoiceId == voiceId && node.Value.Text == text)
                {
                    list.Remove(node);
                    list.AddFirst(node);
                    return node.Value;
                }
            return null;
        }
    }

    public void Add(KokoroUtterance utterance)
    {
        lock (gate)
        {
            list.AddFirst(utterance);
            if (list.Count > capacity) list.RemoveLast();
        }
    }
}
