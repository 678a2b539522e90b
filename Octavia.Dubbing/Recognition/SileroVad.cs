using Microsoft.ML.OnnxRuntime;
using Octavia.Dubbing.Onnx;

namespace Octavia.Dubbing.Recognition;

/// <summary>Silero VAD in its sequence form: the probability of speech in each 32 ms of 16 kHz mono. Thread-safe; state is a <see cref="Stream"/>'s.</summary>
public sealed class SileroVad : IDisposable
{
    /// <summary>Samples that one probability speaks of.</summary>
    public const int ChunkSamples = 512;

    const int ContextSamples = 64;
    const int StateSize = 128;

    readonly InferenceSession session;

    SileroVad(InferenceSession session) => this.session = session;

    /// <summary>Opens <c>silero_vad_16k.onnx</c> of a folder.</summary>
    /// <exception cref="DubbingException"><c>model.missing</c>.</exception>
    public static SileroVad Open(string folder)
    {
        var path = Path.Combine(folder, "silero_vad_16k.onnx");
        if (!File.Exists(path))
            throw new DubbingException(new Failure("model.missing", FailureKind.MissingTool,
                $"The model folder {Path.GetFileName(folder)} has no silero_vad_16k.onnx: fetch the model again."));
        return new SileroVad(OnnxRuntime.Open(path));
    }

    /// <summary>Begins one stretch of sound.</summary>
    public Stream Start() => new(session);

    /// <inheritdoc />
    public void Dispose() => session.Dispose();

    /// <summary>The state of one stretch of sound. Not thread-safe.</summary>
    public sealed class Stream
    {
        readonly InferenceSession session;
        readonly float[] context = new float[ContextSamples];
        float[] hidden = new float[StateSize];
        float[] cell = new float[StateSize];

        internal Stream(InferenceSession session) => this.session = session;

        /// <summary>Probabilities of the next samples.</summary>
        /// <param name="samples">A multiple of <see cref="ChunkSamples"/>; the end of the sound is filled with zeros.</param>
        public float[] Next(ReadOnlySpan<float> samples)
        {
            var chunks = samples.Length / ChunkSamples;
            if (chunks * ChunkSamples != samples.Length) throw new ArgumentException("Not a multiple of a chunk.", nameof(samples));
            if (chunks == 0) return [];
            var input = new float[chunks * (ContextSamples + ChunkSamples)];
            for (var i = 0; i < chunks; i++)
            {
                var row = input.AsSpan(i * (ContextSamples + ChunkSamples), ContextSamples + ChunkSamples);
                context.CopyTo(row);
                samples.Slice(i * ChunkSamples, ChunkSamples).CopyTo(row[ContextSamples..]);
                row[^ContextSamples..].CopyTo(context);
            }
            return Run(input, chunks);
        }

        float[] Run(float[] input, int chunks)
        {
            using var options = new RunOptions();
            using var x = OrtValue.CreateTensorValueFromMemory(input, [chunks, ContextSamples + ChunkSamples]);
            using var h = OrtValue.CreateTensorValueFromMemory(hidden, [1, 1, StateSize]);
            using var c = OrtValue.CreateTensorValueFromMemory(cell, [1, 1, StateSize]);
            using var outputs = session.Run(options, ["input", "h", "c"], [x, h, c], ["speech_probs", "hn", "cn"]);
            hidden = outputs[1].GetTensorDataAsSpan<float>().ToArray();
            cell = outputs[2].GetTensorDataAsSpan<float>().ToArray();
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
    }
}
