using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;

namespace Octavia.UnitTests.Recognition;

/// <summary>The committed models, opened once for all tests of recognition.</summary>
public sealed class Recognizer : IDisposable
{
    public const int Rate = 16_000;

    public WhisperSpeechToTextClient Client { get; } =
        WhisperSpeechToTextClient.Open(TestFiles.At("models/whisper-base"), TestFiles.At("models/silero-vad"));

    public async Task<List<SpeechToTextResponseUpdate>> RunAsync(float[] samples, SpeechToTextOptions? options, CancellationToken cancellationToken)
    {
        using var wav = new MemoryStream(Wav.ToBytes(samples, Rate));
        return await Client.GetStreamingTextAsync(wav, options, cancellationToken).ToListAsync(cancellationToken);
    }

    /// <summary>A committed clip with its transcript.</summary>
    public static (float[] Samples, string Text) Clip(string name)
    {
        using var file = File.OpenRead(TestFiles.At($"tests/media/librivox/{name}.wav"));
        return (Wav.Read(file).Samples, File.ReadAllText(TestFiles.At($"tests/media/librivox/{name}.txt")));
    }

    public static string TextOf(IEnumerable<SpeechToTextResponseUpdate> updates) => string.Concat(updates.Select(update => update.Text)).Trim();

    public void Dispose() => Client.Dispose();
}
