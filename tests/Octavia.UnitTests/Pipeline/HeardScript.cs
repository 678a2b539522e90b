using System.Threading.Channels;
using Octavia.Dubbing.Pipeline;
using Octavia.Dubbing.Scripts;

namespace Octavia.UnitTests.Pipeline;

static class HeardScript
{
    /// <summary>The lines of a script as the stages after recognition meet them when it has ended.</summary>
    public static (HeardLines Heard, ChannelReader<Utterance> Lines) Of(Script script)
    {
        var heard = new HeardLines();
        var lines = Channel.CreateUnbounded<Utterance>();
        foreach (var line in script.Utterances)
        {
            heard.Add(line);
            lines.Writer.TryWrite(line);
        }
        heard.Complete();
        lines.Writer.Complete();
        return (heard, lines.Reader);
    }
}
