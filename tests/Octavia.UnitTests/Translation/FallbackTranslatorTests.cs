using Octavia.Dubbing;
using Octavia.Dubbing.Translation;
using Xunit;

namespace Octavia.UnitTests.Translation;

public class FallbackTranslatorTests
{
    static readonly DubbingException Refused = new(new Failure("translation.unauthorized", FailureKind.MissingTool, "The key is refused."));

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_first_could_do_is_kept_when_the_next_one_fails()
    {
        await using var translator = With(new Scripted(text => text == "bad" ? null : text.ToUpperInvariant()), new Scripted(_ => throw Refused));
        Assert.Equal(["GOOD", null], (await AskAsync(translator, "good", "bad")).Select(line => line.Text));
    }

    [Fact]
    public async Task What_the_first_could_do_is_kept_when_the_next_one_cannot_be_opened()
    {
        await using var translator = new FallbackTranslator(new Scripted(text => text == "bad" ? null : "x"), _ => throw Refused);
        Assert.Equal(["x", null], (await AskAsync(translator, "good", "bad")).Select(line => line.Text));
    }

    [Fact]
    public async Task A_line_says_who_did_it_in_place_of_the_first()
    {
        await using var translator = With(new Scripted(text => text == "good" ? text : null), With(new Scripted(text => text == "bad" ? "b" : null), new Scripted(_ => "w")));
        Assert.Equal([null, "next", "next"], (await AskAsync(translator, "good", "bad", "worse")).Select(line => line.By));
    }

    [Fact]
    public async Task A_refusal_is_told_when_nobody_else_can()
    {
        await using var translator = With(new Scripted(_ => throw Refused), null);
        Assert.Same(Refused, await Assert.ThrowsAsync<DubbingException>(() => AskAsync(translator, "good")));
    }

    [Fact]
    public async Task A_service_that_is_down_is_not_waited_for_with_every_few_lines()
    {
        var first = new Scripted(_ => null);
        await using var translator = With(first, new Scripted(text => text + "!"));
        for (var i = 0; i < 20; i++) Assert.Equal("one!", Assert.Single(await AskAsync(translator, "one")).Text);
        Assert.Equal(2, first.Asked);
    }

    [Fact]
    public async Task Both_are_closed_though_one_fails()
    {
        var next = new Scripted(_ => "x");
        var translator = With(new Scripted(_ => null, failsToClose: true), next);
        await AskAsync(translator, "one");
        await Assert.ThrowsAsync<InvalidOperationException>(() => translator.DisposeAsync().AsTask());
        Assert.True(next.IsClosed);
    }

    static FallbackTranslator With(ITranslator first, ITranslator? next) => new(first, _ => Task.FromResult(next is null ? null : new NextTranslator("next", next)));

    static Task<IReadOnlyList<TranslatedLine>> AskAsync(FallbackTranslator translator, params string[] texts) =>
        translator.TranslateAsync([.. texts.Select(text => new TranslationLine(text))], [], Cancel);

    sealed class Scripted(Func<string, string?> translate, bool failsToClose = false) : ITranslator
    {
        public int Asked { get; private set; }

        public bool IsClosed { get; private set; }

        public string Description => "scripted";

        public Task<IReadOnlyList<TranslatedLine>> TranslateAsync(
            IReadOnlyList<TranslationLine> lines, IReadOnlyList<TranslationLine> context, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult<IReadOnlyList<TranslatedLine>>(
                [.. lines.Select(line => translate(line.Text) is { } text ? new TranslatedLine(text) : TranslatedLine.Failed("It cannot."))]);
        }

        public ValueTask DisposeAsync()
        {
            IsClosed = true;
            return failsToClose ? throw new InvalidOperationException() : ValueTask.CompletedTask;
        }
    }
}
