using System.Numerics.Tensors;

namespace Octavia.Dubbing.Scoring;

/// <summary>What is left of the original under a dub.</summary>
/// <param name="VoiceDb">Level of the original voice against what it was, in dB; null where no window could be measured.</param>
/// <param name="VoiceDbfs">Level of what is left of it, in dBFS.</param>
/// <param name="BackgroundDb">Level of the background against what it was; null where there is none to speak of.</param>
public sealed record BedFigures(double? VoiceDb, double? VoiceDbfs, double? BackgroundDb);

/// <summary>
/// Tells how much of the original voice a bed still holds, and how much of the background, in windows of 100 ms in which the original is nearly
/// all the one or all the other, so that neither figure hangs on how well they can be told apart.
/// </summary>
sealed class BedMeter
{
    const double Window = 0.1;
    // A window is the voice's, or the background's, where it is so much louder than the other.
    const double VoiceLeadDb = 10;
    const double BackgroundLeadDb = 10;
    // What is quieter says nothing.
    const double VoiceDbfs = -45;
    const double BackgroundDbfs = -55;
    double _voice;
    double _left;
    double _background;
    double _kept;
    int _windows;

    /// <summary>Adds a stretch in which the original voice is replaced.</summary>
    /// <param name="voice">An estimate of the original voice, mono.</param>
    /// <param name="original">The original, its middle and its side.</param>
    /// <param name="bed">What the dub has in the place of the original, without the new voice.</param>
    /// <param name="rate">Samples per second of all.</param>
    public void Add(ReadOnlySpan<float> voice, Stereo original, Stereo bed, int rate)
    {
        var size = (int)(Window * rate);
        for (var at = 0; at + size <= voice.Length; at += size)
        {
            var was = original.Slice(at, size);
            var now = bed.Slice(at, size);
            var said = Power(voice.Slice(at, size));
            var around = Math.Max(1e-12, Power(was.Middle) + Power(was.Side) - said);
            if (said >= FromDb(VoiceDbfs) && said >= around * FromDb(VoiceLeadDb)) AddVoice(was.Middle, now.Middle);
            else if (around >= FromDb(BackgroundDbfs) && around >= said * FromDb(BackgroundLeadDb)) AddBackground(was, now);
        }
    }

    /// <summary>Of everything added.</summary>
    public BedFigures Figures => new(
        _windows == 0 ? null : Db(_left / _voice),
        _windows == 0 ? null : Db(_left / _windows),
        _background == 0 ? null : Db(_kept / _background));

    // The part of the bed that follows the voice; a background that is left does not.
    void AddVoice(ReadOnlySpan<float> voice, ReadOnlySpan<float> bed)
    {
        var power = Power(voice);
        var share = TensorPrimitives.Dot(bed, voice) / voice.Length / power;
        _voice += power;
        _left += share * share * power;
        _windows++;
    }

    void AddBackground(Stereo was, Stereo now)
    {
        _background += Power(was.Middle) + Power(was.Side);
        _kept += Power(now.Middle) + Power(now.Side);
    }

    static double Power(ReadOnlySpan<float> samples) => (double)TensorPrimitives.SumOfSquares(samples) / samples.Length;

    static double FromDb(double db) => Math.Pow(10, db / 10);

    static double Db(double power) => Math.Round(10 * Math.Log10(power + 1e-12), 1);
}

/// <summary>Middle and side of a stereo sound: half the sum and half the difference of left and right.</summary>
readonly ref struct Stereo(ReadOnlySpan<float> middle, ReadOnlySpan<float> side)
{
    public ReadOnlySpan<float> Middle { get; } = middle;

    public ReadOnlySpan<float> Side { get; } = side;

    public Stereo Slice(int start, int length) => new(Middle.Slice(start, length), Side.Slice(start, length));
}
