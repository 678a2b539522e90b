using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Subtitles;
using Xunit;

namespace Octavia.UnitTests.Subtitles;

public class SubtitleTests
{
    static readonly SubtitleCue[] Two = [new(1.5, 3.25, "Hello there."), new(3661.001, 3662, "One\ntwo & <three>")];

    [Theory]
    [InlineData(SubtitleFormat.Srt)]
    [InlineData(SubtitleFormat.Vtt)]
    public void What_is_written_is_read_again(SubtitleFormat format) =>
        Assert.Equal(format == SubtitleFormat.Vtt ? Two : [Two[0], Two[1] with { Text = "One\ntwo &" }], SubtitleReader.Read(SubtitleWriter.Write(Two, format)));

    [Fact]
    public void Srt_is_written_as_players_expect_it() =>
        Assert.Equal("1\n00:00:01,500 --> 00:00:03,250\nHello there.\n\n2\n01:01:01,001 --> 01:01:02,000\nOne\ntwo & <three>\n\n", SubtitleWriter.Write(Two, SubtitleFormat.Srt));

    [Fact]
    public void Ass_takes_no_command_from_the_text()
    {
        var file = SubtitleWriter.Write([new SubtitleCue(3661.006, 3662.999, "a, {\\b1} b\nc\\Nd")], SubtitleFormat.Ass);
        Assert.StartsWith("[Script Info]\n", file);
        Assert.EndsWith("\nDialogue: 0,1:01:01.01,1:01:03.00,Default,,0,0,0,,a, \\{\\\u2060b1} b\\Nc\\\u2060Nd\n", file);
        Assert.DoesNotContain('\r', file);
    }

    [Fact]
    public async Task Ass_is_read_by_ffmpeg_as_it_was_meant()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("octavia-ass").FullName, "a.ass");
        await File.WriteAllTextAsync(path, SubtitleWriter.Write([Two[0], new(5, 6, "One\ntwo, three")], SubtitleFormat.Ass));
        var run = await ChildProcess.RunAsync("ffmpeg", ["-v", "error", "-i", path, "-f", "srt", "-c:s", "text", "pipe:1"]);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        Assert.Equal([Two[0], new SubtitleCue(5, 6, "One\ntwo, three")], SubtitleReader.Read(run.Output));
    }

    [Fact]
    public void Byte_order_mark_windows_lines_and_missing_numbers_are_read() => Assert.Equal(
        [new SubtitleCue(1, 2, "first"), new SubtitleCue(2, 3, "second")],
        SubtitleReader.Read("\uFEFF00:00:01,000 --> 00:00:02,000\r\nfirst\r\n\r\n00:00:02.000 --> 00:00:03.000\r\nsecond\r\n"));

    [Fact]
    public void Cues_without_a_blank_line_between_them_are_told_apart() => Assert.Equal(
        [new SubtitleCue(1, 2, "first"), new SubtitleCue(2, 3, "second")],
        SubtitleReader.Read("1\n00:00:01,000 --> 00:00:02,000\nfirst\n2\n00:00:02,000 --> 00:00:03,000\nsecond"));

    [Fact]
    public void Notes_styles_settings_and_markup_of_vtt_are_passed_over() => Assert.Equal(
        [new SubtitleCue(1, 2, "Ann: go & see")],
        SubtitleReader.Read("WEBVTT title\n\nSTYLE\n::cue { color: red }\n\nNOTE a\nb\n\nid-1\n00:01.000 --> 00:02.000 align:start\n<v Ann>Ann: <i>go</i></v> &amp; see\n"));

    [Fact]
    public void Digits_of_other_scripts_make_no_times() => Assert.Equal(
        [new SubtitleCue(1, 2, "٠٠:٠٠:٠١ --> ٠٠:٠٠:٠٢")],
        SubtitleReader.Read("00:01 --> 00:02\n٠٠:٠٠:٠١ --> ٠٠:٠٠:٠٢\n"));

    [Fact]
    public void A_file_without_subtitles_is_refused()
    {
        var e = Assert.Throws<DubbingException>(() => SubtitleReader.Read("just text\n\nno times"));
        Assert.Equal("input.no_subtitles", e.Failure.Code);
    }

    [Theory]
    [InlineData("a.srt", "x", SubtitleFormat.Srt)]
    [InlineData("a.txt", "WEBVTT\n", SubtitleFormat.Vtt)]
    [InlineData("a.txt", "1\n00:00:01,000 --> 00:00:02,000\nx", SubtitleFormat.Srt)]
    [InlineData("a.txt", "plain text", null)]
    public void The_format_is_told_from_name_or_content(string name, string text, SubtitleFormat? expected) =>
        Assert.Equal(expected, SubtitleReader.FormatOf(name, text));

    [Theory]
    [InlineData("A short one.")]
    [InlineData("And mister John Dashwood had then leisure to consider how much there might be prudently in his power to do for them, unless to be rather cold hearted and rather selfish is to be ill disposed.")]
    [InlineData("これは日本語の長い字幕です。二行に収まらないときは、いくつかの字幕に分けて表示されます。一行は全角二十一文字までです。それでも足りないこともあります。")]
    [InlineData("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftspräsident")]
    public void Lines_are_short_and_nothing_is_lost(string text)
    {
        var cues = SubtitleLayout.Lay([new SubtitleLine(10, 20, text, [])], 20).ToList();
        Assert.All(cues, cue => Assert.InRange(cue.Text.Split('\n').Length, 1, 2));
        Assert.All(cues.SelectMany(cue => cue.Text.Split('\n')), line => Assert.InRange(line.Sum(c => c > 0x2E80 ? 2 : 1), 1, LineBreaker.Columns));
        Assert.Equal(text.Replace(" ", ""), string.Concat(cues.Select(cue => cue.Text)).Replace("\n", "").Replace(" ", ""));
        Assert.Equal(10, cues[0].Start);
        Assert.Equal(20, cues[^1].End, 6);
        Assert.All(cues.Zip(cues.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }
}
