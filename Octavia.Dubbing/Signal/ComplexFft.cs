using System.Numerics;

namespace Octavia.Dubbing.Signal;

/// <summary>
/// Mixed-radix complex transform in Stockham's self-sorting form (Cochran et al., "What is the fast Fourier transform?", 1967): every
/// stage reads one buffer and writes the other, so no reordering pass is needed and the innermost loop runs over neighbours.
/// </summary>
sealed class ComplexFft
{
    /// <summary>One pass: <c>Re, Im</c> hold the radix x radix factors of each group, the small transform and the twiddles in one.</summary>
    readonly record struct Stage(int Radix, int Groups, int Stride, float[] Re, float[] Im);

    readonly Stage[] stages;
    readonly float[] scratchRe;
    readonly float[] scratchIm;

    public ComplexFft(int length)
    {
        scratchRe = new float[length];
        scratchIm = new float[length];
        var list = new List<Stage>();
        for (var (rest, stride) = (length, 1); rest > 1;)
        {
            var radix = Array.Find([5, 4, 3, 2], r => rest % r == 0);
            if (radix == 0) throw new ArgumentException($"{length} has a prime factor above 5", nameof(length));
            list.Add(Plan(radix, rest, stride));
            rest /= radix;
            stride *= radix;
        }
        stages = [.. list];
    }

    /// <summary>Transforms in place, unscaled, with the sign of exp(-2 pi i k n / length).</summary>
    public void Transform(float[] re, float[] im)
    {
        var (fromRe, fromIm, toRe, toIm) = (re, im, scratchRe, scratchIm);
        foreach (var stage in stages)
        {
            Run(stage, fromRe, fromIm, toRe, toIm);
            (fromRe, fromIm, toRe, toIm) = (toRe, toIm, fromRe, fromIm);
        }
        if (fromRe == re) return;
        fromRe.CopyTo(re, 0);
        fromIm.CopyTo(im, 0);
    }

    static Stage Plan(int radix, int length, int stride)
    {
        var groups = length / radix;
        var (re, im) = (new float[groups * radix * radix], new float[groups * radix * radix]);
        var i = 0;
        for (var p = 0; p < groups; p++)
            for (var k = 0; k < radix; k++)
                for (var j = 0; j < radix; j++, i++)
                {
                    var (sin, cos) = Math.SinCos(-2 * Math.PI * (j * k / (double)radix + p * k / (double)length));
                    (re[i], im[i]) = ((float)cos, (float)sin);
                }
        return new Stage(radix, groups, stride, re, im);
    }

    static void Run(in Stage stage, float[] fromRe, float[] fromIm, float[] toRe, float[] toIm)
    {
        var (radix, groups, stride, re, im) = stage;
        var factor = 0;
        for (var p = 0; p < groups; p++)
            for (var k = 0; k < radix; k++, factor += radix)
            {
                var sumRe = toRe.AsSpan(stride * (radix * p + k), stride);
                var sumIm = toIm.AsSpan(stride * (radix * p + k), stride);
                sumRe.Clear();
                sumIm.Clear();
                for (var j = 0; j < radix; j++)
                {
                    var at = stride * (p + groups * j);
                    AddScaled(re[factor + j], im[factor + j], fromRe.AsSpan(at, stride), fromIm.AsSpan(at, stride), sumRe, sumIm);
                }
            }
    }

    static void AddScaled(float re, float im, ReadOnlySpan<float> xRe, ReadOnlySpan<float> xIm, Span<float> yRe, Span<float> yIm)
    {
        var i = 0;
        if (Vector.IsHardwareAccelerated)
            for (; i <= xRe.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var (a, b) = (new Vector<float>(xRe[i..]), new Vector<float>(xIm[i..]));
                (new Vector<float>(yRe[i..]) + a * re - b * im).CopyTo(yRe[i..]);
                (new Vector<float>(yIm[i..]) + a * im + b * re).CopyTo(yIm[i..]);
            }
        for (; i < xRe.Length; i++)
        {
            yRe[i] += xRe[i] * re - xIm[i] * im;
            yIm[i] += xRe[i] * im + xIm[i] * re;
        }
    }
}
