using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Translation;

/// <summary>
/// The programs of one Apertium direction, started once and kept open. In null-flush mode (<c>-z</c>) each program passes on what it
/// holds when it reads a zero byte, so a text and a zero byte in give a translation and a zero byte out, in 1 to 4 ms.
/// </summary>
sealed partial class ApertiumPipeline : IDisposable
{
    const int LongestAnswer = 1 << 20;
    static readonly TimeSpan EndWait = TimeSpan.FromMilliseconds(300);

    readonly Process process;
    readonly byte[] received = new byte[16 * 1024];
    int receivedStart, receivedEnd;

    ApertiumPipeline(Process process) => this.process = process;

    /// <summary>Process of the shell that runs the pipeline.</summary>
    public int ProcessId => process.Id;

    /// <summary>Starts the programs; they load their data while the caller goes on.</summary>
    /// <exception cref="DubbingException"><c>translation.tool_missing</c>.</exception>
    public static ApertiumPipeline Start(ApertiumPair pair)
    {
        // A mode file is the pipeline itself, in the shell's language, made by the package. The shell gets it as it is, with -z put
        // in. (`apertium -z` does the same but adds filters that hold texts back.) Texts go through standard input only.
        // $1 is the way of writing unknown words: -n, unmarked. $2 is an option of the tagger: none.
        var script = StageNames().Replace(File.ReadAllText(pair.Path).Trim(), "$0 -z");
        var start = new ProcessStartInfo("/bin/bash", ["-c", script, "apertium", "-n", ""])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            var process = Process.Start(start)!;
            // What the programs complain about is of no use to a user; it must be read so that they never wait for a reader.
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            return new ApertiumPipeline(process);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw new DubbingException(
                new Failure("translation.tool_missing", FailureKind.MissingTool, "Apertium cannot be started: install the packages apertium and bash."), e);
        }
    }

    /// <summary>One text through the pipeline, as Apertium writes it: escaped.</summary>
    /// <exception cref="IOException">A program died; the pipeline is of no use any more.</exception>
    public async Task<string> SendAsync(string text, CancellationToken cancellationToken)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        // Written and read side by side: a text larger than the pipes' buffers would stop both ends otherwise.
        var reading = ReadAsync(cancellationToken);
        await Task.WhenAll(WriteAsync(bytes, cancellationToken), reading);
        return await reading;
    }

    async Task WriteAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var input = process.StandardInput.BaseStream;
        await input.WriteAsync(bytes, cancellationToken);
        await input.FlushAsync(cancellationToken);
    }

    async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = new ArrayBufferWriter<byte>();
        while (true)
        {
            var chunk = received.AsMemory(receivedStart, receivedEnd - receivedStart);
            var end = chunk.Span.IndexOf((byte)0);
            answer.Write(chunk.Span[..(end < 0 ? chunk.Length : end)]);
            if (end >= 0)
            {
                receivedStart += end + 1;
                return Encoding.UTF8.GetString(answer.WrittenSpan);
            }
            if (answer.WrittenCount > LongestAnswer) throw new IOException("Apertium does not stop answering.");
            receivedStart = 0;
            receivedEnd = await process.StandardOutput.BaseStream.ReadAsync(received, cancellationToken);
            if (receivedEnd == 0) throw new IOException("Apertium stopped.");
        }
    }

    public void Dispose()
    {
        // The programs end by themselves when their input does; one that hangs is killed, with its neighbours.
        process.StandardInput.BaseStream.Dispose();
        if (!process.WaitForExit(EndWait)) process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    [GeneratedRegex(
        @"(?<=^|\|\s*)(lt-proc|lrx-proc|lsx-proc|cg-proc|rtx-proc|hfst-proc|apertium-(tagger|pretransfer|posttransfer|transfer|interchunk|postchunk|anaphora))(?=\s|$)")]
    private static partial Regex StageNames();
}
