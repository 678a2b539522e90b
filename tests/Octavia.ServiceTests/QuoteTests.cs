using System.Net;
using Aspire.Hosting.Testing;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using StackExchange.Redis;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>What a job will take, asked before it starts; the test is the worker that answers, over real Redis.</summary>
public class QuoteTests(ServiceSystem system)
{
    [Fact]
    public async Task A_quote_has_the_credits_and_what_a_worker_says()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        var balance = (await client.CreditsAsync()).BalanceSeconds;
        var questions = await system.Quotes.ListenAsync();
        await AreListeningAsync(1);
        try
        {
            var asking = client.QuoteAsync(job.Id);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var question = QuoteDesk.Read(await questions.ReadAsync(patience.Token));
            // What another question is answered is not for this one.
            await system.Quotes.AnswerAsync(Guid.NewGuid(), new WorkQuote { Lines = 99 });
            await system.Quotes.AnswerAsync(question.Id, new WorkQuote { Lines = 7, Seconds = 12.5, Usd = 0.02, Parts = [new("speech", "kokoro", "es", 9, true, 0)] });
            var quote = await asking;

            Assert.Equal((JobType.VideoTranslate, "en", "balanced", job.JobMetadata.MediaSeconds), (question.JobType, question.SourceLanguage, question.Quality, question.MediaSeconds));
            Assert.Equal(["es"], question.TargetLanguages);
            Assert.Equal((7, 12.5, 0.02), (quote.Work!.Lines, quote.Work.Seconds, quote.Work.Usd!.Value));
            Assert.Equal(new WorkPart("speech", "kokoro", "es", 9, true, 0), Assert.Single(quote.Work.Parts));
            Assert.Equal((job.JobMetadata.MediaSeconds, (long)Math.Ceiling(job.JobMetadata.MediaSeconds), balance), (quote.MediaSeconds, quote.CreditSeconds, quote.BalanceSeconds));
        }
        finally
        {
            await questions.UnsubscribeAsync();
        }
        // Nothing was done and nothing was taken.
        Assert.Equal(JobStatus.Pending, (await client.GetAsync(job.Id)).Status);
        Assert.Empty(await system.LedgerAsync(job.Id));
        Assert.Equal(balance, (await client.CreditsAsync()).BalanceSeconds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worker_that_can_give_none_says_why_and_counts_only_where_nobody_can(bool otherCan)
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateVideoJobAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await system.App.GetConnectionStringAsync(ResourceNames.Redis))!);
        var other = new QuoteDesk(redis);
        var questions = await system.Quotes.ListenAsync();
        var same = await other.ListenAsync();
        try
        {
            await AreListeningAsync(2);
            var asking = client.QuoteAsync(job.Id);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            var question = QuoteDesk.Read(await questions.ReadAsync(patience.Token));
            await system.Quotes.AnswerAsync(question.Id, new WorkQuote { Problem = "English to Spanish cannot be translated here." });
            await other.AnswerAsync(question.Id, otherCan ? new WorkQuote { Lines = 7 } : new WorkQuote { Problem = "Nor here." });
            var work = (await asking).Work!;
            Assert.Equal(otherCan ? (7, null) : (0, "English to Spanish cannot be translated here."), (work.Lines, work.Problem));
        }
        finally
        {
            await questions.UnsubscribeAsync();
            await same.UnsubscribeAsync();
        }
    }

    [Fact]
    public async Task Without_a_worker_it_has_the_credits_alone()
    {
        var client = await system.CreateUserAsync();
        var job = await client.CreateTextJobAsync(length: 300);
        var quote = await client.QuoteAsync(job.Id);
        Assert.Null(quote.Work);
        Assert.Equal((long)Math.Ceiling(job.JobMetadata.MediaSeconds), quote.CreditSeconds);
    }

    [Fact]
    public async Task A_job_of_somebody_else_is_not_found()
    {
        var job = await (await system.CreateUserAsync()).CreateTextJobAsync();
        var other = await system.CreateUserAsync();
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => other.QuoteAsync(job.Id));
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => other.QuoteAsync(Guid.NewGuid()));
        using var nobody = system.Http();
        using var response = await nobody.PostAsync($"api/v1/jobs/{job.Id}/quote", null);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    // A subscription holds once its server has said so.
    async Task AreListeningAsync(int count)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await system.App.GetConnectionStringAsync(ResourceNames.Redis))!);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await redis.GetServers()[0].SubscriptionSubscriberCountAsync(RedisChannel.Literal("octavia:quotes")) < count) await Task.Delay(20, patience.Token);
    }
}
