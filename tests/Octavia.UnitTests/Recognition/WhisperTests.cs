using System.IO.Pipelines;
using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Dubbing.Recognition;
using Octavia.Dubbing.Scoring;
using Xunit;

namespace Octavia.UnitTests.Recognition;

public sealed class WhisperTests(Recognizer recognizer) : IClassFixture<Recognizer>
{
    static readonly string[] Clips = ["0870", "0880", "0890", "0920", "0930"];

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The five clips hold 71 words. The model drops one false start, "a more a amiable".</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task Recognises_read_speech(int beams)
    {
        var (errors, units) = (0, 0);
        foreach (var name in Clips)
        {
            var (samples, text) = Recognizer.Clip(name);
            var updates = await recognizer.RunAsync(samples, new SpeechToTextOptions { AdditionalProperties = new() { ["beams"] = beams } }, Cancellation);
            Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal("en", update.GetLanguage()));
            var (wrong, of) = WordErrors.Of(text, Recognizer.TextOf(updates), "en");
            (errors, units) = (errors + wrong, units + of);
        }
        Assert.Equal(71, units);
        Assert.InRange(errors, 0, 3);
    }

    [Fact]
    public async Task Times_words_where_they_are_said_and_invents_none_in_between()
    {
        var (samples, spoken) = Joined([12, 1.5, 3, 6, 9, 7]);
        var updates = await recognizer.RunAsync(samples, null, Cancellation);

        var words = updates.SelectMany(update => update.GetWords()).ToList();
        var (errors, units) = WordErrors.Of(string.Join(' ', spoken.Select(clip => clip.Text)), Recognizer.TextOf(updates), "en");
        Assert.Equal(71, units);
        Assert.InRange(errors, 0, 4);
        Assert.All(words, word => Assert.Contains(spoken, clip => clip.Start <= word.Start && word.End <= clip.End));
        Assert.All(words.Zip(words.Skip(1)), pair => Assert.True(pair.First.Start <= pair.First.End && pair.First.End <= pair.Second.Start));
        // Each clip begins and ends with speech within 0.35 s of its edges.
        foreach (var clip in spoken)
        {
            var inside = words.Where(word => word.Start >= clip.Start && word.End <= clip.End).ToList();
            Assert.InRange(inside[0].Start - clip.Start, 0, 0.45);
            Assert.InRange(clip.End - inside[^1].End, 0, 0.6);
        }
    }

    [Fact]
    public async Task Hears_sound_under_every_word()
    {
        var samples = Recognizer.Clip("0870").Samples;
        var words = (await recognizer.RunAsync(samples, null, Cancellation)).SelectMany(update => update.GetWords()).ToList();
        var whole = Loudness(samples, 0, samples.Length / (double)Recognizer.Rate);
        Assert.All(words, word => Assert.InRange(Loudness(samples, word.Start, word.End), whole / 5, double.MaxValue));
        Assert.All(words, word => Assert.InRange(word.End - word.Start, 0.02, 1.2));
        Assert.InRange(words.Average(word => word.Probability), 0.6, 1);
    }

    [Fact]
    public async Task Segments_and_positions_never_go_back()
    {
        var (samples, _) = Joined([0.2, 0.4, 0.5, 11, 0.3, 6]);
        var updates = await recognizer.RunAsync(samples, new SpeechToTextOptions { SpeechLanguage = "en-GB" }, Cancellation);

        var positions = updates.Select(update => update.GetPosition()!.Value).ToList();
        Assert.Equal(positions.Order(), positions);
        Assert.Contains(updates, update => update.Text.Length == 0);
        Assert.All(updates, update => Assert.Null(update.GetLanguageProbability()));
        Assert.All(updates.Where(update => update.Text.Length > 0), update =>
        {
            Assert.Equal(update.Text, string.Concat(update.GetWords().Select(word => word.Text)));
            Assert.Equal(update.GetWords()[0].Start, update.StartTime!.Value.TotalSeconds, 1e-3);
            Assert.Equal(update.GetWords()[^1].End, update.EndTime!.Value.TotalSeconds, 1e-3);
        });
    }

    [Theory]
    [InlineData("es", "en")]
    [InlineData("en", null)]
    public async Task Another_language_than_that_given_is_noticed(string given, string? heard)
    {
        var (samples, _) = Joined([0.2, 0.4, 0.5, 0.3, 0.3, 1]);
        var updates = await recognizer.RunAsync(samples, new SpeechToTextOptions { SpeechLanguage = given }, Cancellation);

        var doubt = updates[^1].GetLanguageDoubt();
        Assert.Equal(heard, doubt?.Language);
        if (doubt is not null) Assert.InRange(doubt.Probability, 0.8, 1);
        // It is a word to the user, no more: what he gave is used.
        Assert.All(updates.Where(update => update.Text.Length > 0), update => Assert.Equal(given, update.GetLanguage()));
    }

    public static TheoryData<string> Speechless => ["silence", "noise", "hum", "clicks"];

    [Theory]
    [MemberData(nameof(Speechless))]
    public async Task Gives_nothing_where_nobody_speaks(string kind)
    {
        var random = new Random(7);
        Func<int, double> sound = kind switch
        {
            "noise" => _ => 0.1 * (2 * random.NextDouble() - 1),
            "hum" => i => 0.3 * Math.Sin(2 * Math.PI * 50 * i / Recognizer.Rate),
            "clicks" => i => i % 8000 < 16 ? 0.9 : 0,
            _ => _ => 0,
        };
        var updates = await recognizer.RunAsync([.. Enumerable.Range(0, 40 * Recognizer.Rate).Select(i => (float)sound(i))], null, Cancellation);
        Assert.Equal("", Recognizer.TextOf(updates));
        Assert.InRange(updates[^1].GetPosition()!.Value, 30, 40);
    }

    [Fact]
    public async Task An_empty_sound_gives_nothing() => Assert.Empty(await recognizer.RunAsync([], null, Cancellation));

    [Fact]
    public async Task Gives_segments_while_the_sound_still_arrives()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(Wav.ToBytes(Joined([0.2, 0.4, 0.4, 0.4, 0.4, 6]).Samples, Recognizer.Rate), Cancellation);
        await using var updates = recognizer.Client.GetStreamingTextAsync(pipe.Reader.AsStream(), null, Cancellation).GetAsyncEnumerator(Cancellation);

        Assert.True(await updates.MoveNextAsync());
        Assert.StartsWith("And Mr. John Dashwood", updates.Current.Text.Trim());
        await pipe.Writer.CompleteAsync();
        while (await updates.MoveNextAsync()) Assert.True(updates.Current.GetPosition() > 0);
    }

    [Fact]
    public async Task Stops_within_a_second_of_being_cancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var samples = Enumerable.Repeat(Recognizer.Clip("0870").Samples, 30).SelectMany(clip => clip).ToArray();
        var since = System.Diagnostics.Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            using var wav = new MemoryStream(Wav.ToBytes(samples, Recognizer.Rate));
            await foreach (var update in recognizer.Client.GetStreamingTextAsync(wav, null, stop.Token))
            {
                if (stop.IsCancellationRequested) continue;
                since.Restart();
                stop.CancelAfter(300);
            }
        });
        Assert.InRange(since.Elapsed.TotalSeconds, 0, 3);
    }

    [Fact]
    public async Task Stops_when_cancelled_while_no_sound_comes()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var task = recognizer.Client.GetTextAsync(new Pipe().Reader.AsStream(), null, stop.Token);
        stop.CancelAfter(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task);
    }

    [Fact]
    public async Task Refuses_an_unknown_language()
    {
        var failure = await Assert.ThrowsAsync<DubbingException>(
            () => recognizer.RunAsync(new float[16_000], new SpeechToTextOptions { SpeechLanguage = "xx" }, Cancellation));
        Assert.Equal("language.unknown", failure.Failure.Code);
    }

    [Fact]
    public void Says_which_model_is_not_there()
    {
        var failure = Assert.Throws<DubbingException>(() => WhisperSpeechToTextClient.Open(TestFiles.At("models/kokoro"), TestFiles.At("models/silero-vad")));
        Assert.Equal(("model.missing", FailureKind.MissingTool), (failure.Failure.Code, failure.Failure.Kind));
    }

    [Fact]
    public void Says_that_a_model_is_damaged()
    {
        var folder = Directory.CreateTempSubdirectory("octavia-vad-").FullName;
        File.WriteAllText(Path.Combine(folder, "silero_vad_16k.onnx"), "no model");
        Assert.Equal("model.damaged", Assert.Throws<DubbingException>(() => SileroVad.Open(folder)).Failure.Code);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The clips, each after a silence of so many seconds, and one at the end.</summary>
    static (float[] Samples, List<(double Start, double End, string Text)> Spoken) Joined(double[] silences)
    {
        var samples = new List<float>();
        var spoken = new List<(double, double, string)>();
        foreach (var (name, silence) in Clips.Zip(silences))
        {
            samples.AddRange(new float[(int)(silence * Recognizer.Rate)]);
            var (clip, text) = Recognizer.Clip(name);
            spoken.Add((samples.Count / (double)Recognizer.Rate, (samples.Count + clip.Length) / (double)Recognizer.Rate, text));
            samples.AddRange(clip);
        }
        samples.AddRange(new float[(int)(silences[^1] * Recognizer.Rate)]);
        return ([.. samples], spoken);
    }

    static double Loudness(float[] samples, double from, double to)
    {
        var part = samples[(int)(from * Recognizer.Rate)..Math.Min((int)(to * Recognizer.Rate) + 1, samples.Length)];
        return Math.Sqrt(part.Average(sample => sample * (double)sample));
    }
}
