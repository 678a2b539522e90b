using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Subtitles;
using Xunit;

namespace Octavia.UnitTests.Subtitles;

public class SubtitleLayoutTests
{
    const double MostColumnsPerSecond = 20;
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 200)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Of_any_script_no_word_is_lost_and_every_line_is_short(int seed)
    {
        var lines = Script(seed);
        var cues = SubtitleLayout.Lay(lines, lines[^1].End + 1).ToList();
        Assert.Equal(Letters(lines.Select(line => line.Text)), Letters(cues.Select(cue => cue.Text)));
        Assert.All(cues, cue => Assert.InRange(cue.Text.Split('\n').Length, 1, 2));
        Assert.All(cues.SelectMany(cue => cue.Text.Split('\n')), line => Assert.InRange(Columns(line), 1, 42));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Of_any_script_no_cue_lies_over_the_next_one_or_over_the_end(int seed)
    {
        var lines = Script(seed);
        var until = lines[^1].End + 0.5;
        var cues = SubtitleLayout.Lay(lines, until).ToList();
        Assert.All(cues, cue => Assert.True(cue.End > cue.Start, $"{cue}"));
        Assert.All(cues.Zip(cues.Skip(1)), pair => Assert.True(pair.Second.Start >= pair.First.End, $"{pair}"));
        Assert.True(cues[^1].End <= until);
        Assert.All(lines, line => Assert.Contains(cues, cue => Math.Abs(cue.Start - line.Start) < 0.001));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Of_any_script_every_line_can_be_read_where_there_is_time_up_to_the_next(int seed)
    {
        var lines = Script(seed);
        var cues = SubtitleLayout.Lay(lines, lines[^1].End + 1).ToList();
        for (var i = 0; i < lines.Count; i++)
        {
            var limit = i + 1 < lines.Count ? lines[i + 1].Start : lines[^1].End + 1;
            var own = cues.Where(cue => cue.Start >= lines[i].Start - 0.0001 && cue.Start < limit - 0.0001).ToList();
            var needed = own.Sum(cue => Columns(cue.Text)) / MostColumnsPerSecond;
            if (needed <= limit - lines[i].Start)
                Assert.All(own, cue => Assert.True(Columns(cue.Text) / (cue.End - cue.Start) <= MostColumnsPerSecond + 1e-6, $"{cue}"));
            else
                Assert.Equal(limit, own[^1].End, 2);
        }
    }

    [Fact]
    public void A_long_line_changes_where_its_words_do()
    {
        string[] spoken = [.. Enumerable.Range(0, 24).Select(i => $"number{i:00}")];
        // The second half is said much more slowly than the first.
        var words = spoken.Select((text, i) => new Word(text, i < 12 ? i * 0.5 : 6 + (i - 12), i < 12 ? i * 0.5 + 0.5 : 7 + (i - 12), 1)).ToList();
        var cues = SubtitleLayout.Lay([new SubtitleLine(0, 18, string.Join(' ', spoken), words)], 30).ToList();
        Assert.True(cues.Count > 2);
        Assert.All(cues, cue => Assert.Equal(words.Single(word => cue.Text.StartsWith(word.Text)).Start, cue.Start, 3));
    }

    [Fact]
    public void A_fast_line_stays_until_it_is_read_and_no_longer()
    {
        var text = new string('a', 20) + " " + new string('b', 19);
        var cue = Assert.Single(SubtitleLayout.Lay([new SubtitleLine(1, 2, text, [])], 60));
        Assert.Equal((1.0, 3.0), (cue.Start, cue.End));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Of_any_script_in_two_languages_both_are_shown_whole_and_can_be_read(int seed)
    {
        var lines = Script(seed);
        var below = Script(seed + 1000);
        var pairs = lines.Select((line, i) => line with { Words = [], Below = below[i % below.Count].Text }).ToList();
        var cues = SubtitleLayout.Lay(pairs, lines[^1].End + 1000).ToList();
        Assert.All(cues, cue => Assert.InRange(cue.Text.Split('\n').Length, 2, 4));
        Assert.All(cues.Zip(cues.Skip(1)), pair => Assert.True(pair.Second.Start >= pair.First.End, $"{pair}"));
        var last = cues.Where(cue => cue.Start >= lines[^1].Start - 0.001).ToList();
        Assert.All(last, cue => Assert.True(Columns(cue.Text) / (cue.End - cue.Start) <= 2 * MostColumnsPerSecond + 1, $"{cue}"));
        // A text may be shown twice, so the signs are compared, not their order.
        Assert.Equal(Letters([pairs[^1].Text, pairs[^1].Below!]).ToHashSet(), Letters(last.Select(cue => cue.Text)).ToHashSet());
    }

    [Fact]
    public void Of_two_languages_the_shorter_one_stays_while_the_longer_one_changes()
    {
        var text = string.Join(' ', Enumerable.Repeat("palabra", 20));
        var cues = SubtitleLayout.Lay([new SubtitleLine(0, 10, text, []) { Below = "Short." }], 60).ToList();
        Assert.True(cues.Count > 1);
        Assert.All(cues, cue => Assert.EndsWith("\nShort.", cue.Text));
        Assert.All(cues, cue => Assert.StartsWith("palabra", cue.Text));
    }

    // Lines of 1 to 60 words in some alphabets, with and without word times, close together and far apart, slowly and hurriedly said.
    static List<SubtitleLine> Script(int seed)
    {
        var random = new Random(seed);
        var lines = new List<SubtitleLine>();
        var time = random.NextDouble() * 5;
        for (var i = random.Next(1, 20); i > 0; i--)
        {
            var words = new List<Word>();
            var (start, pace) = (Math.Round(time, 3), 0.08 + random.NextDouble() * 0.6);
            for (var count = random.Next(1, 60); count > 0; count--)
            {
                words.Add(new Word(Any(random), time, time + pace, 1));
                time += pace * (1 + random.NextDouble() * 0.3);
            }
            var end = Math.Round(words[^1].End, 3);
            lines.Add(new SubtitleLine(start, end, string.Join(' ', words.Select(word => word.Text)), random.Next(2) == 0 ? words : []));
            time = end + (random.Next(3) == 0 ? 0 : random.NextDouble() * 4);
        }
        return lines;
    }

    static string Any(Random random)
    {
        var first = random.Next(8) switch { 0 => 'я', 1 => '日', _ => 'a' };
        return new string((char)(first + random.Next(20)), random.Next(12) == 0 ? random.Next(20, 60) : random.Next(1, 12));
    }

    static string Letters(IEnumerable<string> texts) => string.Concat(string.Concat(texts).Where(c => !char.IsWhiteSpace(c)));

    static int Columns(string text) => text.Sum(c => c > 0x2E80 ? 2 : 1);
}
