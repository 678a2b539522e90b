using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Octavia.Dubbing.Media;

namespace Octavia.Dubbing.Pipeline;

/// <summary>
/// The decoded speech on its way to the recogniser: puts a WAV header in front, and keeps what passes in a file, so that an utterance's sound can be
/// looked at once its words are known.
/// </summary>
sealed class SpeechTap : ForwardStream
{
    const int BytesPerSecond = MediaDecoder.SpeechRate * sizeof(short);
    readonly Stream _pcm;
    readonly FileStream _kept;
    readonly byte[] _header = Header();
    int _headerSent;

    /// <summary>A tap.</summary>
    /// <param name="pcm">16 kHz mono, 16 bit; closed with the tap.</param>
    /// <param name="file">Replaced, and deleted when the tap is disposed.</param>
    public SpeechTap(Stream pcm, string file)
    {
        _pcm = pcm;
        _kept = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
    }

    /// <summary>Seconds of sound that have passed.</summary>
    public double Seconds => (double)_kept.Length / BytesPerSecond;

    /// <summary>Lets sound pass that the recogniser shall not hear.</summary>
    public async Task SkipAsync(double seconds, CancellationToken cancellationToken)
    {
        var left = (long)(seconds * MediaDecoder.SpeechRate) * sizeof(short);
        var buffer = new byte[1 << 16];
        while (left > 0)
        {
            var read = await PassAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            if (read == 0) return;
            left -= read;
        }
    }

    /// <summary>Sound that has passed, 16 kHz mono.</summary>
    public float[] Read(double start, double end)
    {
        var from = (long)(Math.Max(0, start) * MediaDecoder.SpeechRate) * sizeof(short);
        var bytes = new byte[Math.Max(0, Math.Min(_kept.Length, (long)(end * MediaDecoder.SpeechRate) * sizeof(short)) - from)];
        RandomAccess.Read(_kept.SafeFileHandle, bytes, from);
        var pcm = MemoryMarshal.Cast<byte, short>(bytes);
        var samples = new float[pcm.Length];
        for (var i = 0; i < samples.Length; i++) samples[i] = pcm[i] / 32768f;
        return samples;
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_headerSent == _header.Length) return await PassAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, _header.Length - _headerSent);
        _header.AsMemory(_headerSent, count).CopyTo(buffer);
        _headerSent += count;
        return count;
    }

    async ValueTask<int> PassAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _pcm.ReadAsync(buffer, cancellationToken);
        if (read > 0) await RandomAccess.WriteAsync(_kept.SafeFileHandle, buffer[..read], _kept.Length, cancellationToken);
        return read;
    }

    // Of unknown length, as a pipe's is.
    static byte[] Header()
    {
        var header = new byte[44];
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), uint.MaxValue);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(24), MediaDecoder.SpeechRate);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(28), BytesPerSecond);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(32), sizeof(short));
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(34), 16);
        "data"u8.CopyTo(header.AsSpan(36));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(40), uint.MaxValue);
        return header;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _pcm.DisposeAsync();
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing) _kept.Dispose();
        base.Dispose(disposing);
    }
}
