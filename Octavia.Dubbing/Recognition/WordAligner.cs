using System.Numerics;
using System.Numerics.Tensors;

namespace Octavia.Dubbing.Recognition;

/// <summary>
/// Times tokens by where the decoder listened when it made them: attention normalised over tokens, smoothed along time by a median, and
/// the cheapest monotone path through it (dynamic time warping), as the Whisper authors do.
/// </summary>
internal static class WordAligner
{
    const int MedianWidth = 7;

    /// <summary>Start column of each token, never decreasing.</summary>
    /// <param name="attention">[token][column].</param>
    public static int[] Align(IReadOnlyList<float[]> attention)
    {
        if (attention.Count == 0 || attention[0].Length == 0) return new int[attention.Count];
        var columns = attention[0].Length;
        var normal = Normalize(attention, columns);
        var smooth = normal.Select(Median).ToArray();
        return Warp(smooth, columns);
    }

    static float[][] Normalize(IReadOnlyList<float[]> attention, int columns)
    {
        var (mean, square) = (new float[columns], new float[columns]);
        foreach (var row in attention)
        {
            TensorPrimitives.Add(mean, row, mean);
            TensorPrimitives.MultiplyAdd<float>(row, row, square, square);
        }
        TensorPrimitives.Divide(mean, attention.Count, mean);
        for (var i = 0; i < columns; i++)
            square[i] = 1 / MathF.Sqrt(MathF.Max(square[i] / attention.Count - mean[i] * mean[i], 1e-12f));
        return [.. attention.Select(row =>
        {
            var normal = new float[columns];
            TensorPrimitives.Subtract<float>(row, mean, normal);
            TensorPrimitives.Multiply(normal, square, normal);
            return normal;
        })];
    }

    static float[] Median(float[] row)
    {
        const int side = MedianWidth / 2;
        var padded = new float[row.Length + 2 * side + Vector<float>.Count];
        row.CopyTo(padded, side);
        for (var i = 0; i < side; i++)
        {
            padded[side - 1 - i] = row[Math.Min(i + 1, row.Length - 1)];
            padded[side + row.Length + i] = row[Math.Max(row.Length - 2 - i, 0)];
        }
        var result = new float[row.Length + Vector<float>.Count];
        Span<Vector<float>> seven = stackalloc Vector<float>[MedianWidth];
        for (var i = 0; i < row.Length; i += Vector<float>.Count)
        {
            for (var k = 0; k < MedianWidth; k++) seven[k] = new Vector<float>(padded, i + k);
            Middle(seven).CopyTo(result, i);
        }
        return result[..row.Length];
    }

    /// <summary>Median of seven by bubbling the four largest up.</summary>
    static Vector<float> Middle(Span<Vector<float>> seven)
    {
        for (var end = seven.Length - 1; end >= MedianWidth / 2; end--)
            for (var i = 0; i < end; i++)
                (seven[i], seven[i + 1]) = (Vector.Min(seven[i], seven[i + 1]), Vector.Max(seven[i], seven[i + 1]));
        return seven[MedianWidth / 2];
    }

    static int[] Warp(float[][] gain, int columns)
    {
        const byte both = 0, token = 1, time = 2;
        var rows = gain.Length;
        var steps = new byte[rows, columns];
        var (above, current) = (new float[columns + 1], new float[columns + 1]);
        Array.Fill(above, float.PositiveInfinity);
        above[0] = 0;
        for (var i = 0; i < rows; i++)
        {
            current[0] = float.PositiveInfinity;
            for (var j = 0; j < columns; j++)
            {
                var (diagonal, down, right) = (above[j], above[j + 1], current[j]);
                var (best, step) = diagonal < down && diagonal < right ? (diagonal, both) : down < diagonal && down < right ? (down, token) : (right, time);
                current[j + 1] = best - gain[i][j];
                steps[i, j] = step;
            }
            (above, current) = (current, above);
        }
        var starts = new int[rows];
        for (int i = rows - 1, j = columns - 1; i >= 0 && j >= 0;)
        {
            starts[i] = j;
            var step = steps[i, j];
            if (step != time) i--;
            if (step != token) j--;
        }
        return starts;
    }
}
