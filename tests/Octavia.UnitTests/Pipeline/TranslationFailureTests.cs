using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Subtitles;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>What becomes of a run when its translator fails: a chat server that leaves lines out or answers nothing but errors.</summary>
public class TranslationFailureTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    const string Srt = "1\n00:00:00,500 --> 00:00:02,000\nThe house is red.\n\n2\n00:00:04,000 --> 00:00:06,000\nGood morning.\n";

    [Fact]
    public async Task A_line_that_is_not_translated_is_flagged_and_keeps_its_voice()
    {
        await using var server = await ChatAsync(line => line.Contains("young man", StringComparison.Ordinal) ? "El joven era bueno." : null);
        await using var dubber = Dubber(server);
        var result = await dubber.RunAsync(fixture.Request(media.Clip) with { Translation = "openai" }, null, default);

        Assert.Equal((2, 1), (result.Only().Lines.Total, result.Only().Lines.Placed));
        Assert.Contains(result.Only().Lines.Flags, flag => flag.StartsWith("2 untranslated: ", StringComparison.Ordinal));
        var spanish = result.Artifacts.Single(artifact => artifact is { Kind: "subtitles", Language: "es" } && artifact.Path.EndsWith(".srt", StringComparison.Ordinal));
        Assert.Equal("El joven era bueno.", Assert.Single(SubtitleReader.Read(await File.ReadAllTextAsync(spanish.Path))).Text);
    }

    [Fact]
    public async Task Lines_that_the_best_engine_refuses_are_translated_by_the_next_and_say_so()
    {
        var lines = new[] { "The house is red.", "A bad word.", "The dog sleeps.", "Nothing comes back.", "The garden is green.", "Half an answer." };
        await using var server = await ChatAsync(line => line.StartsWith("The", StringComparison.Ordinal) ? line.ToUpperInvariant() : null);
        await using var dubber = Dubber(server);
        var request = await fixture.RequestAsync("note.txt", string.Join("\n\n", lines), DubbingTask.Translate) with { Translation = "auto" };
        var result = await dubber.RunAsync(request, null, default);

        var translated = (await File.ReadAllTextAsync(result.Main.Path)).TrimEnd().Split("\n\n");
        Assert.Equal(lines.Length, translated.Length);
        for (var i = 0; i < lines.Length; i += 2) Assert.Equal(lines[i].ToUpperInvariant(), translated[i]);
        // Apertium's.
        Assert.Contains("palabra", translated[1], StringComparison.Ordinal);
        Assert.All([1, 3, 5], i => Assert.DoesNotContain(translated[i], lines));
        Assert.Equal(3, result.Only().Lines.Flags.Count(flag => flag.Contains("apertium", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_key_that_is_refused_costs_no_job_while_another_engine_can_translate()
    {
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            context.Response.StatusCode = 401;
            return context.Response.WriteAsync("{}");
        });
        await using var dubber = Dubber(server);
        var request = await fixture.RequestAsync("note.txt", "The house is red.", DubbingTask.Translate) with { Translation = "auto" };
        var result = await dubber.RunAsync(request, null, default);
        Assert.Contains("casa", await File.ReadAllTextAsync(result.Main.Path), StringComparison.Ordinal);
        Assert.Contains("refused the key", Assert.Single(result.Only().Lines.Flags), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DubbingTask.VideoTranslate)]
    [InlineData(DubbingTask.Translate)]
    public async Task A_run_in_which_nothing_is_translated_fails(DubbingTask task)
    {
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            context.Response.StatusCode = 400;
            return context.Response.WriteAsync("{}");
        });
        await using var dubber = Dubber(server);
        var request = task == DubbingTask.Translate ? await fixture.RequestAsync("film.srt", Srt, task) : fixture.Request(media.Clip, task);
        var e = await Assert.ThrowsAsync<DubbingException>(() => dubber.RunAsync(request with { Translation = "openai" }, null, default));
        Assert.Equal(("translation.failed", FailureKind.Engine), (e.Failure.Code, e.Failure.Kind));
        Assert.Contains("400", e.Failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(request.OutputFolder));
    }

    [Fact]
    public async Task A_line_of_a_text_that_fails_keeps_its_words_and_is_asked_for_again_by_the_next_run()
    {
        var asked = new List<string>();
        var knows = false;
        await using var server = await ChatAsync(line =>
        {
            asked.Add(line);
            return line != "Good morning." ? "La casa es roja." : knows ? "Buenos días." : null;
        });
        await using var dubber = Dubber(server);
        var request = await fixture.RequestAsync("note.txt", "The house is red.\n\nGood morning.\n", DubbingTask.Translate) with { Translation = "openai" };
        var result = await dubber.RunAsync(request, null, default);
        Assert.Equal("La casa es roja.\n\nGood morning.\n", await File.ReadAllTextAsync(result.Main.Path));
        Assert.StartsWith("2 untranslated: ", Assert.Single(result.Only().Lines.Flags), StringComparison.Ordinal);

        asked.Clear();
        knows = true;
        result = await dubber.RunAsync(request, null, default);
        Assert.Equal("La casa es roja.\n\nBuenos días.\n", await File.ReadAllTextAsync(result.Main.Path));
        Assert.Equal(["Good morning."], asked);
        Assert.Equal((1, 0), (result.Only().Lines.Reused, result.Only().Lines.Flagged));
    }

    [Fact]
    public async Task A_text_goes_on_where_its_run_was_stopped()
    {
        var asked = new List<string>();
        using var stop = new CancellationTokenSource();
        await using var server = await ChatAsync(line =>
        {
            asked.Add(line);
            // In the second group of sixteen.
            if (line == "line 20") stop.Cancel();
            return line.ToUpperInvariant();
        });
        await using var dubber = Dubber(server);
        var lines = Enumerable.Range(1, 40).Select(i => $"line {i}").ToList();
        var request = await fixture.RequestAsync("note.txt", string.Join('\n', lines), DubbingTask.Translate) with { Translation = "openai" };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dubber.RunAsync(request, null, stop.Token));

        asked.Clear();
        var result = await dubber.RunAsync(request, null, default);
        Assert.Equal(lines.Select(line => line.ToUpperInvariant()), await File.ReadAllLinesAsync(result.Main.Path));
        Assert.InRange(asked.Count, 1, 24);
        Assert.Equal(40 - asked.Count, result.Only().Lines.Reused);
    }

    static Dubber Dubber(HttpStandIn server) => new(new EngineOptions { OpenAI = new OpenAIOptions { Endpoint = new Uri(server.Address, "v1"), ApiKey = "secret" } });

    // Answers the lines that it has a translation for.
    static Task<HttpStandIn> ChatAsync(Func<string, string?> translate) => ChatStandIn.StartAsync(line => translate((string)line["text"]!));
}
