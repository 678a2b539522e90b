namespace Octavia.Dubbing.Speech;

/// <summary>
/// Short lines spoken by one run of the network and cut apart again: alone, each pays for half a second and more of silence around it, which
/// costs as much to make as speech. The pause between two lines is what the network makes of the mark between them.
/// </summary>
sealed class KokoroBreath
{
    const string SentenceEnds = ".!?…";

    /// <summary>Longer runs gain nothing more, and the first line waits for the last.</summary>
    const int MostTokens = 320;

    /// <summary>Peak below which sound counts as a pause; takes are trimmed at the same level.</summary>
    const float Silence = 0.01f;

    const int Window = KokoroModel.SampleRate / 100;
    const int Fade = KokoroModel.SampleRate / 200;

    /// <summary>A pause may begin and end a little off the frames of its mark.</summary>
    const int Reach = 10 * Window;

    /// <summary>Windows of silence without which two lines are not cut apart.</summary>
    const int ShortestPause = 2;

    readonly List<(KokoroUtterance Line, int First)> lines = [];
    readonly List<long> tokens = [];

    /// <summary>As many of the first lines as go together; what is longer than a piece is spoken by itself.</summary>
    public KokoroBreath(IEnumerable<KokoroUtterance> utterances, KokoroModel model)
    {
        var (stop, blank) = (model.Token('.')!.Value, model.Token(' ')!.Value);
        var ends = SentenceEnds.Select(mark => model.Token(mark)).ToHashSet();
        foreach (var line in utterances)
        {
            if (line.Pieces is not [var piece] || (tokens.Count > 0 && tokens.Count + 2 + piece.Length > MostTokens)) return;
            // Only the end of a sentence makes a pause for sure (35 of 35 in five languages; a comma or a dash 4 of 14).
            if (lines.Count > 0) tokens.AddRange(ends.Contains(tokens[^1]) ? [blank] : [stop, blank]);
            lines.Add((line, tokens.Count));
            tokens.AddRange(piece);
        }
    }

    /// <summary>How many lines these are.</summary>
    public int Count => lines.Count;

    /// <summary>Their tokens.</summary>
    public long[] Tokens => [.. tokens];

    /// <summary>Gives each line its part of the sound. Lines that run into each other get none.</summary>
    public void Cut(KokoroTake take)
    {
        int? start = 0;
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, first) = lines[i];
            var after = first + line.Pieces[0].Length;
            var end = i + 1 < lines.Count ? Pause(take, after - 1, lines[i + 1].First) : take.Samples.Length;
            // Token 0 of the network is its own pad.
            if (start is { } from && end is { } until) line.Keep(Part(take.Samples, from, until), take.RawDurations[(1 + first)..(1 + after)]);
            start = end;
        }
    }

    /// <summary>Middle of the longest pause around the tokens from the end of a line to the start of the next; null when there is none.</summary>
    static int? Pause(KokoroTake take, int last, int next)
    {
        var from = KokoroModel.Frames(take.RawDurations.AsSpan(0, 1 + last), 1) * KokoroModel.SamplesPerFrame - Reach;
        var to = KokoroModel.Frames(take.RawDurations.AsSpan(0, 1 + next), 1) * KokoroModel.SamplesPerFrame + Reach;
        var (longest, run, end) = (0, 0, 0);
        for (var window = Math.Max(0, from); window + Window <= Math.Min(to, take.Samples.Length); window += Window)
        {
            run = take.Samples.AsSpan(window, Window).ContainsAnyExceptInRange(-Silence, Silence) ? 0 : run + 1;
            if (run > longest) (longest, end) = (run, window + Window);
        }
        return longest < ShortestPause ? null : end - longest * Window / 2;
    }

    static float[] Part(float[] samples, int start, int end)
    {
        var part = samples[start..end];
        for (var i = 0; i < Math.Min(Fade, part.Length); i++)
        {
            part[i] *= (float)i / Fade;
            part[^(i + 1)] *= (float)i / Fade;
        }
        return part;
    }
}
