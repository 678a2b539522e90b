using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scripts;
using Xunit;

namespace Octavia.UnitTests.Scripts;

public class UtteranceCutterTests
{
    [Fact]
    public void Sentences_are_cut_apart() => Assert.Equal(
        ["Good morning everybody here.", "I am from Barcelona."],
        Cut(Speak("Good morning everybody here. I am from Barcelona.", wordSeconds: 0.4)).Select(line => line.Text));

    [Fact]
    public void Abbreviations_and_initials_do_not_end_a_sentence() => Assert.Equal(
        ["I saw Mr. Dashwood and J. Austen today."],
        Cut(Speak("I saw Mr. Dashwood and J. Austen today.", wordSeconds: 0.4)).Select(line => line.Text));

    [Fact]
    public void A_pause_cuts_without_punctuation()
    {
        Word[] words = [new(" one", 0, 0.4, 1), new(" two", 0.45, 0.8, 1), new(" three", 1.5, 2, 1)];
        Assert.Equal(["one two", "three"], Cut(words).Select(line => line.Text));
    }

    [Fact]
    public void A_long_sentence_is_cut_at_its_comma_and_never_inside_a_word()
    {
        var text = string.Join(' ', Enumerable.Range(1, 20).Select(i => $"word{i}")) + ", " + string.Join(' ', Enumerable.Range(21, 20).Select(i => $"word{i}"));
        var lines = Cut(Speak(text, wordSeconds: 0.45)).ToList();
        Assert.EndsWith("word20,", lines[0].Text);
        Assert.All(lines, line => Assert.InRange(line.End - line.Start, 0, UtteranceCutter.Longest));
        Assert.Equal(text, string.Join(' ', lines.Select(line => line.Text)));
    }

    [Fact]
    public void A_very_short_sentence_stays_with_the_next_one() => Assert.Equal(
        ["Yes. I love this city."], Cut(Speak("Yes. I love this city.", wordSeconds: 0.3)).Select(line => line.Text));

    [Fact]
    public void Silence_that_was_heard_ends_the_open_utterance()
    {
        var cutter = new UtteranceCutter();
        Assert.Empty(cutter.Add([new Word(" hello", 0, 0.5, 1)]));
        Assert.Null(cutter.Advance(0.8));
        Assert.Equal("hello", cutter.Advance(1.2)?.Text);
        Assert.Null(cutter.Finish());
    }

    static IEnumerable<SpokenLine> Cut(IReadOnlyList<Word> words)
    {
        var cutter = new UtteranceCutter();
        foreach (var line in cutter.Add(words)) yield return line;
        if (cutter.Finish() is { } last) yield return last;
    }

    static Word[] Speak(string text, double wordSeconds) =>
        [.. text.Split(' ').Select((word, i) => new Word(" " + word, i * wordSeconds, (i + 0.9) * wordSeconds, 1))];
}
