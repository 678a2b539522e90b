using Octavia.Dubbing;
using Octavia.Dubbing.Quoting;
using Octavia.Jobs.Client;
using Octavia.Jobs.Workers;
using StackExchange.Redis;

namespace Octavia.Worker;

/// <summary>Answers what jobs would take here.</summary>
sealed class QuoteClerk(QuoteDesk desk, Dubber dubber, ILogger<QuoteClerk> logger) : BackgroundService
{
    // For a pair of languages that the model hub has to be asked for, one question takes seconds: others do not wait for it.
    const int AtOnce = 4;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var questions = await desk.ListenAsync();
        try
        {
            await Parallel.ForEachAsync(questions, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stoppingToken }, AnswerAsync);
        }
        finally
        {
            await questions.UnsubscribeAsync();
        }
    }

    async ValueTask AnswerAsync(ChannelMessage message, CancellationToken ct)
    {
        try
        {
            var question = QuoteDesk.Read(message);
            await desk.AnswerAsync(question.Id, await QuoteAsync(question, ct));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // No quote is worth a worker.
            logger.LogWarning(e, "A quote could not be given");
        }
    }

    async Task<WorkQuote> QuoteAsync(QuoteQuestion question, CancellationToken ct)
    {
        try
        {
            return ToWork(await dubber.QuoteAsync(Request(question), question.MediaSeconds, ct));
        }
        catch (DubbingException e)
        {
            logger.LogInformation("No quote can be given: {Code}", e.Failure.Code);
            return new WorkQuote { Problem = e.Failure.Message };
        }
    }

    static DubbingRequest Request(QuoteQuestion question) => new()
    {
        Task = (DubbingTask)(int)question.JobType,
        Input = "",
        OutputFolder = "",
        WorkFolder = "",
        SourceLanguage = question.SourceLanguage,
        TargetLanguages = question.TargetLanguages,
        Quality = Enum.Parse<Quality>(question.Quality, ignoreCase: true),
        ModelSize = question.ModelSize,
        BurnIn = question.BurnIn,
    };

    static WorkQuote ToWork(Quote quote) => new()
    {
        Lines = quote.Lines,
        LinesBasis = quote.LinesBasis,
        Seconds = quote.Seconds,
        SecondsBasis = quote.SecondsBasis,
        Usd = quote.Usd,
        UsdBasis = quote.UsdBasis,
        Parts = [.. quote.Parts.Select(part => new WorkPart(part.Part, part.Engine, part.Language, part.Seconds, part.Measured, part.Usd))],
    };

    /// <summary>What is kept of a quote and its outcome with a job.</summary>
    public static JobFigures ToFigures(QuoteOutcome outcome, long creditSeconds) => new()
    {
        QuotedLines = outcome.Quoted.Lines,
        QuotedSeconds = outcome.Quoted.Seconds,
        QuotedUsd = outcome.Quoted.Usd,
        Lines = outcome.Lines,
        Seconds = outcome.Seconds,
        Usd = outcome.Usd,
        CreditSeconds = creditSeconds,
    };
}
