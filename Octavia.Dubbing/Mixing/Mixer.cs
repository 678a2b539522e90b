using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Mixing;

/// <summary>A line for the mix.</summary>
/// <param name="OriginalStart">Seconds: where the original speaker begins.</param>
/// <param name="OriginalEnd">Seconds: where the original speaker ends.</param>
/// <param name="Start">Seconds: where the take begins.</param>
/// <param name="Take">48 kHz mono; null when the line could not be spoken: then the original stays as it is.</param>
/// <param name="GainDb">Level change of the take.</param>
/// <param name="Channel">The channel that the original speaker has alone, and the take then too: 0 for the left one, 1 for the right one; null for both.</param>
public sealed record MixLine(double OriginalStart, double OriginalEnd, double Start, float[]? Take, double GainDb, int? Channel = null);

/// <summary>Tells the background from the speech over it.</summary>
public interface IBackgroundSource
{
    /// <summary>The background of 48 kHz mono sound, of the same length. The first seconds may only warm it up.</summary>
    /// <param name="mid">The sound.</param>
    /// <param name="beside">What sounds between the lines, the latest of it: the background alone. Not in one piece, and empty where there is none.</param>
    float[] Background(ReadOnlySpan<float> mid, ReadOnlySpan<float> beside);
}

/// <summary>
/// Lays lines over the original as both come, in constant memory. While the original speaker talks the middle of the stereo image, or the
/// channel that is this speaker's alone, is replaced by its background, or taken down where that cannot be told; between lines the original stays as it is.
/// </summary>
/// <param name="original">48 kHz stereo 32 bit float; read to its end.</param>
/// <param name="background">Separates speech from background; null to take the original down instead.</param>
/// <param name="mix">Receives the mix in the form of the original, before mastering.</param>
public sealed class Mixer(Stream original, IBackgroundSource? background, Stream mix)
{
    const int Rate = MediaDecoder.MixRate;
    const int WarmUp = 5 * Rate / 2;
    // What the separator looks ahead.
    const int Ahead = Rate / 20;
    // All three together are 10 s: what the separator works on at a time.
    const int Block = 10 * Rate - WarmUp - Ahead;
    // Of the sound between the lines, so much is remembered: a background may change.
    const int Beside = 5 * Rate;
    const double Fade = 0.06;
    const double ShortestLean = 0.2;
    // From one side to the other in as long as a fade takes.
    const float LeanStep = 2 / (float)(Fade * Rate);
    // Word times are good to about a tenth of a second.
    const double Margin = 0.1;
    const double DuckedMidDb = -26;
    const double DuckedSideDb = -12;
    readonly List<MixLine> _lines = [];
    readonly float[] _past = new float[2 * WarmUp];
    readonly float[] _frames = new float[2 * (Block + Ahead)];
    readonly List<float> _beside = [];
    float _lean = float.NaN;
    int _held;
    long _position;
    bool _ended;

    /// <summary>Loudness of the original so far.</summary>
    public LoudnessMeter Source { get; } = new(Rate, 2);

    /// <summary>Loudness of the mix so far.</summary>
    public LoudnessMeter Mixed { get; } = new(Rate, 2);

    /// <summary>Largest sample of the mix so far.</summary>
    public float Peak { get; private set; }

    /// <summary>How much is mixed, in seconds.</summary>
    public double Seconds => (double)_position / Rate;

    /// <summary>Adds a line and mixes the whole blocks before it. Lines come in the order of their original start.</summary>
    public async Task AddAsync(MixLine line, CancellationToken cancellationToken)
    {
        // Every block pays for the separator's warm-up: none is cut short because a line begins in it.
        // A later line of somebody who talks at the same time may begin before its original.
        var before = (long)((Math.Min(line.OriginalStart, line.Start) - Margin - Fade - Phrase.MostDrift) * Rate);
        while (_position + Block <= before) await (IsOver ? MixAsync(Block, cancellationToken) : ReadAsync(cancellationToken));
        _lines.Add(line);
    }

    /// <summary>Mixes the rest: to the end of the original, or of the last take when that lies later.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        while (!IsOver) await ReadAsync(cancellationToken);
        var end = _lines.Count == 0 ? 0 : _lines.Max(TakeEnd);
        while (_position < end) await MixAsync((int)Math.Min(Block, end - _position), cancellationToken);
        await mix.FlushAsync(cancellationToken);
    }

    static long TakeEnd(MixLine line) => line.Take is { } take ? (long)(line.Start * Rate) + take.Length : 0;

    bool IsOver => _ended && _held == 0;

    // Reads a block and a little more, mixes the block and holds the rest.
    async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (!_ended)
        {
            var buffer = new byte[(Block + Ahead - _held) * 2 * sizeof(float)];
            var read = await original.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            _ended = read < buffer.Length;
            var got = read / (2 * sizeof(float));
            buffer.AsSpan(0, got * 2 * sizeof(float)).CopyTo(MemoryMarshal.AsBytes(_frames.AsSpan(2 * _held)));
            _held += got;
        }
        var frames = Math.Min(Block, _held);
        Source.Add(_frames.AsSpan(0, 2 * frames));
        await WriteAsync(frames, cancellationToken);
        _frames.AsSpan(2 * frames, 2 * (_held - frames)).CopyTo(_frames);
        _held -= frames;
    }

    async Task MixAsync(int frames, CancellationToken cancellationToken)
    {
        _frames.AsSpan(0, 2 * frames).Clear();
        await WriteAsync(frames, cancellationToken);
    }

    async Task WriteAsync(int frames, CancellationToken cancellationToken)
    {
        if (frames == 0) return;
        Duck(frames);
        foreach (var line in _lines) AddTake(line, frames);
        Mixed.Add(_frames.AsSpan(0, 2 * frames));
        Peak = Math.Max(Peak, Math.Abs(TensorPrimitives.MaxMagnitude<float>(_frames.AsSpan(0, 2 * frames))));
        await mix.WriteAsync(MemoryMarshal.AsBytes(_frames.AsSpan(0, 2 * frames)).ToArray(), cancellationToken);
        _position += frames;
        _lines.RemoveAll(line => TakeEnd(line) <= _position && (line.OriginalEnd + Margin + Fade) * Rate < _position);
    }

    void Duck(int frames)
    {
        var original = _frames.AsSpan(0, 2 * Math.Max(frames, _held)).ToArray();
        if (background is not null && !IsOver) Listen(original.AsSpan(0, 2 * frames));
        foreach (var lines in _lines.Where(line => line.Take is not null).GroupBy(line => line.Channel)) Duck(original, [.. lines], lines.Key, frames);
        Remember(original.AsSpan(0, 2 * frames));
    }

    void Duck(float[] original, List<MixLine> lines, int? channel, int frames)
    {
        var depths = new float[frames];
        for (var i = 0; i < frames; i++) depths[i] = Depth(lines, (double)(_position + i) / Rate);
        if (depths.AsSpan().IndexOfAnyExcept(0f) is not (>= 0 and var first)) return;
        var last = depths.AsSpan().LastIndexOfAnyExcept(0f);
        var voiced = Voiced(original, channel);
        var under = background is null ? voiced.AsSpan(first) : Separate(voiced, channel, first, last + 1);
        var (voicedGain, sideGain) = background is null ? (Linear(DuckedMidDb), Linear(DuckedSideDb)) : (1f, 1f);
        var leans = new float[last + 1];
        if (background is not null && channel is null) Lean(lines, original, voiced, under, first, leans);
        for (var i = first; i <= last; i++)
        {
            var depth = depths[i];
            if (depth == 0) continue;
            var kept = voiced[i] * (1 - depth) + under[i - first] * depth * voicedGain;
            if (channel is { } alone)
            {
                _frames[2 * i + alone] = kept;
                continue;
            }
            var side = (_frames[2 * i] - _frames[2 * i + 1]) / 2 * (1 - depth + depth * sideGain) - leans[i] * depth * (voiced[i] - under[i - first]);
            (_frames[2 * i], _frames[2 * i + 1]) = (kept + side, kept - side);
        }
    }

    // A voice beside the centre is in the side signal too, by a share that is found by regression on what was taken out of the middle; the same share of that goes there.
    void Lean(List<MixLine> lines, ReadOnlySpan<float> original, float[] voiced, ReadOnlySpan<float> under, int first, float[] leans)
    {
        Array.Fill(leans, float.NaN);
        foreach (var line in lines)
        {
            var start = (int)Math.Clamp((line.OriginalStart - Margin - Fade) * Rate - _position, first, leans.Length);
            var end = (int)Math.Clamp((line.OriginalEnd + Margin + Fade) * Rate - _position, start, leans.Length);
            // A piece at the edge of a block tells too little.
            if (end - start < ShortestLean * Rate && !float.IsNaN(_lean)) continue;
            var (shared, taken) = (0.0, 1e-9);
            for (var i = start; i < end; i++)
            {
                var voice = voiced[i] - under[i - first];
                shared += voice * (original[2 * i] - original[2 * i + 1]) / 2;
                taken += voice * voice;
            }
            leans.AsSpan(start, end - start).Fill((float)Math.Clamp(shared / taken, -1, 1));
        }
        // No steps between blocks, nor between speakers.
        for (var i = first; i < leans.Length; i++)
        {
            if (float.IsNaN(_lean)) _lean = leans[i];
            else if (!float.IsNaN(leans[i])) _lean += Math.Clamp(leans[i] - _lean, -LeanStep, LeanStep);
            leans[i] = float.IsNaN(_lean) ? 0 : _lean;
        }
    }

    /// <summary>What carries the voice: the middle of the stereo image, or one channel.</summary>
    static float[] Voiced(ReadOnlySpan<float> stereo, int? channel)
    {
        var voiced = new float[stereo.Length / 2];
        for (var i = 0; i < voiced.Length; i++) voiced[i] = channel is { } alone ? stereo[2 * i + alone] : (stereo[2 * i] + stereo[2 * i + 1]) / 2;
        return voiced;
    }

    /// <summary>Background of a part of the block, with what lies before it to warm up and a little after it to look ahead.</summary>
    Span<float> Separate(float[] voiced, int? channel, int start, int end)
    {
        float[] known = [.. Voiced(_past, channel), .. voiced.AsSpan(0, Math.Min(voiced.Length, end + Ahead))];
        return background!.Background(known.AsSpan(start), Voiced(CollectionsMarshal.AsSpan(_beside), channel)).AsSpan(WarmUp, end - start);
    }

    // Lines that could not be spoken are no background either.
    void Listen(ReadOnlySpan<float> stereo)
    {
        for (var i = 0; i < stereo.Length / 2; i++)
            if (Depth(_lines, (double)(_position + i) / Rate) == 0) _beside.AddRange(stereo.Slice(2 * i, 2));
        _beside.RemoveRange(0, Math.Max(0, _beside.Count - 2 * Beside));
    }

    void Remember(ReadOnlySpan<float> original)
    {
        var kept = Math.Max(0, _past.Length - original.Length);
        _past.AsSpan(_past.Length - kept).CopyTo(_past);
        original[^(_past.Length - kept)..].CopyTo(_past.AsSpan(kept));
    }

    // 0 between lines, 1 under one, a raised cosine in between.
    static float Depth(List<MixLine> lines, double seconds)
    {
        var depth = 0.0;
        foreach (var line in lines)
        {
            var outside = Math.Max(line.OriginalStart - Margin - seconds, seconds - line.OriginalEnd - Margin);
            if (outside >= Fade) continue;
            depth = Math.Max(depth, outside <= 0 ? 1 : 0.5 + 0.5 * Math.Cos(Math.PI * outside / Fade));
        }
        return (float)depth;
    }

    void AddTake(MixLine line, int frames)
    {
        if (line.Take is not { } take) return;
        var offset = (long)(line.Start * Rate) - _position;
        var gain = Linear(line.GainDb);
        const int edge = Rate / 100;
        for (var i = Math.Max(0, offset); i < Math.Min(frames, offset + take.Length); i++)
        {
            var at = i - offset;
            // A hundredth of a second of fade at both edges: no clicks.
            var fade = Math.Min(1f, Math.Min((at + 1f) / edge, (take.Length - at) / (float)edge));
            var sample = take[at] * gain * fade;
            if (line.Channel != 1) _frames[2 * i] += sample;
            if (line.Channel != 0) _frames[2 * i + 1] += sample;
        }
    }

    static float Linear(double db) => (float)Math.Pow(10, db / 20);
}
