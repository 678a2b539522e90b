using System.Numerics.Tensors;
using Octavia.Dubbing.Mixing;

namespace Octavia.Dubbing.Scoring;

/// <summary>What is left of the original under a dub.</summary>
/// <param name="VoiceDb">Level of the original voice against what it was, in dB; null where no window could be measured.</param>
/// <param name="VoiceDbfs">Level of what is left of it, in dBFS.</param>
/// <param name="BackgroundDb">Level of the background against what it was; null where there is none to speak of.</param>
public sealed record BedFigures(double? VoiceDb, double? VoiceDbfs, double? BackgroundDb);

/// <summary>
/// Tells how much of the original voice a bed still holds, and how much of the background, in windows of 100 ms in which the original is nearly
/// all the one or all the other, so that neither figure hangs on how well they can be told apart. Sounds of the voice that its estimate misses are no
/// background: what is much louder than the background is in most windows around is left out. A steady background is measured under the voice too, by
/// its level around, so that holes where the old voice was are seen.
/// </summary>
sealed class BedMeter
{
    /// <summary>Seconds on both sides of a line that tell what its background is like.</summary>
    public const double Around = 2;

    const double Window = 0.1;
    // A window is the voice's, or the background's, where it is so much louder than the other.
    const double VoiceLeadDb = 10;
    const double BackgroundLeadDb = 10;
    // What is quieter says nothing.
    const double VoiceDbfs = -45;
    const double BackgroundDbfs = -55;
    // Over the middle window: louder is an event, of the voice as a rule.
    const double EventDb = 6;
    // Steady is what keeps four fifths of its windows so close together.
    const double SteadyDb = 6;
    const int FewestSteady = 5;
    double _voice;
    double _left;
    double _background;
    double _kept;
    int _windows;

    /// <summary>
    /// Takes out of a sound what nobody hears, by the high-pass of ITU-R BS.1770: many a microphone's drift below 20 Hz is louder than everything that is heard
    /// between the words. What is measured comes through here first.
    /// </summary>
    public static void KeepHeard(Span<float> sound, int rate)
    {
        var ear = Biquad.HighPass(rate);
        for (var i = 0; i < sound.Length; i++) sound[i] = (float)ear.Next(sound[i]);
    }

    /// <summary>Adds a line whose original voice is replaced, with what sounds around it.</summary>
    /// <param name="voice">An estimate of the original voice, mono.</param>
    /// <param name="original">The original, its middle and its side.</param>
    /// <param name="bed">What the dub has in the place of the original, without the new voice.</param>
    /// <param name="line">Samples of the line itself.</param>
    /// <param name="rate">Samples per second of all.</param>
    public void Add(ReadOnlySpan<float> voice, Stereo original, Stereo bed, Range line, int rate)
    {
        var size = (int)(Window * rate);
        var (start, length) = line.GetOffsetAndLength(voice.Length);
        var usual = Background.Listen(voice, original, start % size, size);
        for (var at = start; at + size <= start + length; at += size)
        {
            var (said, around) = Levels(voice, original, at, size);
            var was = original.Slice(at, size);
            var now = bed.Slice(at, size);
            if (said >= FromDb(VoiceDbfs) && said >= around * FromDb(VoiceLeadDb))
            {
                AddVoice(was, now);
                // What is left of the voice is no background, and what is left of the background goes with the estimate of the voice less than with the original.
                if (usual is { IsSteady: true }) AddBackground(usual.Power, Math.Max(0, now.Power - Following(now, voice.Slice(at, size))));
            }
            else if (usual is not null && around >= said * FromDb(BackgroundLeadDb) && was.Power <= usual.Most) AddBackground(was.Power, now.Power);
        }
    }

    /// <summary>Of everything added.</summary>
    public BedFigures Figures => new(
        _windows == 0 ? null : Db(_left / _voice),
        _windows == 0 ? null : Db(_left / _windows),
        _background == 0 ? null : Db(_kept / _background));

    // The part of the bed that follows the voice; a background that is left does not.
    void AddVoice(Stereo was, Stereo now)
    {
        _voice += Following(was, was.Middle);
        _left += Following(now, was.Middle);
        _windows++;
    }

    // A voice beside the centre is in the side too.
    static double Following(Stereo sound, ReadOnlySpan<float> other) => Following(sound.Middle, other) + Following(sound.Side, other);

    // Power of the part of a sound that follows another.
    static double Following(ReadOnlySpan<float> sound, ReadOnlySpan<float> other)
    {
        var power = Power(other);
        var share = TensorPrimitives.Dot(sound, other) / other.Length / power;
        return share * share * power;
    }

    void AddBackground(double was, double now)
    {
        _background += was;
        _kept += now;
    }

    static (double Said, double Around) Levels(ReadOnlySpan<float> voice, Stereo original, int at, int size)
    {
        var said = Power(voice.Slice(at, size));
        return (said, Math.Max(1e-12, original.Slice(at, size).Power - said));
    }

    /// <summary>What the windows are like in which nobody speaks.</summary>
    /// <param name="Power">Mean.</param>
    /// <param name="Most">More is an event.</param>
    /// <param name="IsSteady">Whether the windows are alike.</param>
    sealed record Background(double Power, double Most, bool IsSteady)
    {
        /// <summary>Null where there is nothing that anybody would call a background.</summary>
        public static Background? Listen(ReadOnlySpan<float> voice, Stereo original, int start, int size)
        {
            var powers = new List<double>();
            for (var at = start; at + size <= voice.Length; at += size)
            {
                var (said, around) = Levels(voice, original, at, size);
                if (around >= said * FromDb(BackgroundLeadDb)) powers.Add(original.Slice(at, size).Power);
            }
            powers.Sort();
            if (powers.Count == 0 || powers[powers.Count / 2] < FromDb(BackgroundDbfs)) return null;
            var most = powers[powers.Count / 2] * FromDb(EventDb);
            powers.RemoveAll(power => power > most);
            var spread = powers[(int)(0.9 * (powers.Count - 1))] / powers[(int)(0.1 * (powers.Count - 1))];
            return new Background(powers.Average(), most, powers.Count >= FewestSteady && spread <= FromDb(SteadyDb));
        }
    }

    internal static double Power(ReadOnlySpan<float> samples) => (double)TensorPrimitives.SumOfSquares(samples) / samples.Length;

    static double FromDb(double db) => Math.Pow(10, db / 10);

    static double Db(double power) => Math.Round(10 * Math.Log10(power + 1e-12), 1);
}

/// <summary>Middle and side of a stereo sound: half the sum and half the difference of left and right.</summary>
readonly ref struct Stereo(ReadOnlySpan<float> middle, ReadOnlySpan<float> side)
{
    public ReadOnlySpan<float> Middle { get; } = middle;

    public ReadOnlySpan<float> Side { get; } = side;

    /// <summary>Mean square of both.</summary>
    public double Power => BedMeter.Power(Middle) + BedMeter.Power(Side);

    public Stereo Slice(int start, int length) => new(Middle.Slice(start, length), Side.Slice(start, length));
}
