using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Scripts;

public class ScriptTests
{
    [Fact]
    public void What_is_forgotten_is_listened_to_again_on_each_channel()
    {
        // The other speaks on over the end, and began before the first had said what is kept.
        var script = Heard((0, 2, 0), (4, 19, 1), (6, 15, 0), (16, 17, 0));
        script.ForgetAfter(18);
        Assert.Equal((1, 0, false), (script.Utterances.Count, script.RecognizedUntil, script.Recognized));
        // Nothing is forgotten, but another channel may begin before this one's line ends.
        script = Heard((0, 2, 0), (6, 15, 1));
        script.ForgetAfter(18);
        Assert.Equal((2, 6, false), (script.Utterances.Count, script.RecognizedUntil, script.Recognized));
    }

    [Fact]
    public void Who_speaks_on_the_only_channel_goes_on_where_the_last_line_ends()
    {
        var script = Heard((0, 2, null), (6, 15, null), (16, 19, null));
        script.ForgetAfter(18);
        Assert.Equal((2, 15, false), (script.Utterances.Count, script.RecognizedUntil, script.Recognized));
        script.ForgetAfter(1);
        Assert.Equal((0, 0, false), (script.Utterances.Count, script.RecognizedUntil, script.Recognized));
    }

    static Script Heard(params (double Start, double End, int? Channel)[] lines) => new()
    {
        RecognizedUntil = 20,
        Recognized = true,
        Utterances = [.. lines.Select((line, i) => new Utterance { Id = i + 1, Start = line.Start, End = line.End, Channel = line.Channel, Text = "said" })],
    };
}
