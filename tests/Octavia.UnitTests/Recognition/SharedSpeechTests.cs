using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scoring;
using Xunit;

namespace Octavia.UnitTests.Recognition;

/// <summary>The whole set of clips that the model's figures are made of, where it is.</summary>
public sealed partial class SharedSpeechTests(Recognizer recognizer, ITestOutputHelper output) : IClassFixture<Recognizer>
{
    /// <summary>Greedy decoding of these weights, over 68 clips of seven languages (the models' README).</summary>
    const double PublishedPercent = 13.6;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public sealed record Clip(string Path, string Language, bool IsScored, int Units, int Errors)
    {
        public bool IsSpaced => Language is not ("zh" or "ja" or "ko");

        public string Media => TestFiles.Shared($"media/{Path}");
    }

    public static List<Clip> Clips => [.. File.ReadLines(TestFiles.Shared("models/whisper-base/reference.tsv")).Skip(1)
        .Select(line => line.Split('\t'))
        .Select(cells => new Clip(cells[0], cells[1], cells[3] == "yes", int.TryParse(cells[5], out var units) ? units : 0, int.TryParse(cells[6], out var errors) ? errors : 0))];

    static Dictionary<string, string> Transcripts => File.ReadLines(TestFiles.Shared("media/index.tsv")).Skip(1)
        .Select(line => line.Split('\t').Select(cell => cell is ['"', .. var inner, '"'] ? inner.Replace("\"\"", "\"") : cell).ToArray())
        // Speakers are marked [A] in front of what they say, after a stroke.
        .ToDictionary(cells => cells[0], cells => SpeakerMark().Replace(cells[8], " "));

    [GeneratedRegex(@"(^|/ )\[[A-Z]\] ")]
    private static partial Regex SpeakerMark();

    [Fact]
    public void Counts_words_as_the_published_figures_do()
    {
        var transcripts = Transcripts;
        Assert.All(Clips.Where(clip => clip.IsScored), clip =>
            Assert.Equal((clip.Path, clip.Units), (clip.Path, WordErrors.Units(transcripts[clip.Path], clip.Language).Length)));
    }

    [Fact]
    public async Task Reaches_the_published_error_rate_and_finds_the_languages()
    {
        var transcripts = Transcripts;
        var (errors, units, published, detected) = (0, 0, 0, 0);
        var clips = Clips.Where(clip => clip.IsScored).ToList();
        foreach (var clip in clips)
        {
            var (text, language) = await Recognize(clip, null);
            if (language == clip.Language) detected++;
            else (text, _) = await Recognize(clip, clip.Language);
            var (wrong, of) = WordErrors.Of(transcripts[clip.Path], text, clip.Language);
            output.WriteLine($"{clip.Path} {wrong}/{of} (published {clip.Errors}) {language} {text}");
            if (clip.IsSpaced) (errors, units, published) = (errors + wrong, units + of, published + clip.Errors);
        }
        var percent = 100.0 * errors / units;
        output.WriteLine($"{percent:0.00} % of {units} words (published {100.0 * published / units:0.00} %), {detected} of {clips.Count} languages");
        Assert.Equal(2120, units);
        Assert.InRange(percent, 0, PublishedPercent + 1);
        Assert.InRange(detected, 74, clips.Count);
    }

    [Fact]
    public async Task Leaves_no_speech_out_where_the_language_changes()
    {
        // English, then German from 31 s on, read as English: the model ends its window early and has to be asked again.
        var updates = await RunAsync(TestFiles.Shared("media/multi/en_de_mit_licence_60s.mp3"), null);
        var words = updates.SelectMany(update => update.GetWords()).ToList();
        Assert.InRange(words.Count(word => word.Start is > 31 and < 60), 40, 100);
        Assert.All(words.Zip(words.Skip(1)), pair => Assert.InRange(pair.Second.Start - pair.First.End, 0, 3));
    }

    /// <summary>A few words in one language, a pause, and then so many sentences in another, as recordings with a greeting begin.</summary>
    [Theory]
    [InlineData("fr/uberi_dictee_numero_un.aiff", "es", "fleurs_es_002.ogg", "fleurs_es_004.ogg")]
    [InlineData("fr/leopard_fr.wav", "es", "fleurs_es_001.ogg", "fleurs_es_000.ogg")]
    [InlineData("es/leopard_es.wav", "fr", "fleurs_fr_000.ogg", "fleurs_fr_001.ogg")]
    public async Task A_greeting_in_another_language_does_not_settle_which_is_spoken(string greeting, string language, params string[] sentences)
    {
        List<float> sound = [.. await ReadAsync(TestFiles.Shared($"media/{greeting}"))];
        foreach (var sentence in sentences)
        {
            // So long that each is a window of its own.
            sound.AddRange(new float[6 * Recognizer.Rate]);
            sound.AddRange(await ReadAsync(TestFiles.Shared($"media/{language}/{sentence}")));
        }
        var updates = (await recognizer.RunAsync([.. sound], null, Cancellation)).Where(update => update.Text.Length > 0).ToList();
        Assert.All(updates, update => Assert.Equal(language, update.GetLanguage()));
        Assert.InRange(updates[0].GetLanguageProbability()!.Value, 0.5, 0.99);
        // And what was listened to ahead is recognised all the same.
        var transcripts = Transcripts;
        var (wrong, of) = WordErrors.Of(string.Join(' ', sentences.Select(sentence => transcripts[$"{language}/{sentence}"])), string.Concat(updates.Skip(1).Select(update => update.Text)), language);
        Assert.InRange((double)wrong / of, 0, 0.4);
    }

    static async Task<float[]> ReadAsync(string path)
    {
        var media = await MediaProbe.ProbeAsync(path, Cancellation);
        await using var pcm = MediaDecoder.OpenSpeech(media, Cancellation);
        using var bytes = new MemoryStream();
        await pcm.CopyToAsync(bytes, Cancellation);
        return [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(bytes.ToArray()).ToArray().Select(sample => sample / 32768f)];
    }

    [Fact]
    public async Task Translates_into_English()
    {
        var updates = await RunAsync(
            TestFiles.Shared("media/synthetic/azure_customspeech_es.flac"), new SpeechToTextOptions { SpeechLanguage = "es", TextLanguage = "en" });
        var text = Recognizer.TextOf(updates);
        Assert.Contains("the test", text);
        Assert.Contains("the results", text);
        Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal("es", update.GetLanguage()));
    }

    [Fact]
    public async Task Gives_the_times_known_of_a_clip()
    {
        var words = (await RunAsync(TestFiles.Shared("media/en/opendubbing_jordi_mas_selfie.mp4"), null)).SelectMany(update => update.GetWords()).ToList();
        // Who recorded it gives 1.26-3.95, 5.25-6.63 and 7.61-8.69.
        double[] found = [words[0].Start, words.Last(word => word.End < 7.2).End, words.First(word => word.Start > 7.2).Start, words[^1].End];
        Assert.Equal([1.26, 6.63, 7.61, 8.69], found, (known, heard) => Math.Abs(known - heard) <= 0.25);
    }

    [Theory]
    [InlineData("odd/laugh_only.mp3")]
    [InlineData("odd/voices_around_a_fire_crowd_30s.mp3")]
    [InlineData("odd/hens_noise_no_speech.ogg")]
    [InlineData("odd/exo_silent-black-10s.mp4")]
    public async Task Invents_nothing(string clip) => Assert.Equal("", Recognizer.TextOf(await RunAsync(TestFiles.Shared($"media/{clip}"), null)));

    async Task<(string Text, string? Language)> Recognize(Clip clip, string? language)
    {
        var updates = await RunAsync(clip.Media, new SpeechToTextOptions { SpeechLanguage = language });
        return (Recognizer.TextOf(updates), updates.Select(update => update.GetLanguage()).FirstOrDefault(found => found is not null));
    }

    async Task<List<SpeechToTextResponseUpdate>> RunAsync(string path, SpeechToTextOptions? options)
    {
        using var ffmpeg = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", "16000", "-f", "wav", "-"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        var updates = await recognizer.Client.GetStreamingTextAsync(ffmpeg.StandardOutput.BaseStream, options, Cancellation).ToListAsync(Cancellation);
        await ffmpeg.WaitForExitAsync(Cancellation);
        return updates;
    }
}
