using System.Text.Json;
using Octavia.Jobs.Client;
using StackExchange.Redis;

namespace Octavia.Jobs.Workers;

/// <summary>What a worker is asked when somebody wants to know what a job will take.</summary>
public sealed record QuoteQuestion(
    Guid Id, JobType JobType, string SourceLanguage, IReadOnlyList<string> TargetLanguages, string Quality, double MediaSeconds, string? ModelSize = null, bool BurnIn = false);

/// <summary>
/// Where the API asks for quotes and workers answer, over Redis: only a worker knows which engines would run and how fast they were. All of them answer, the
/// first counts; one that can give none counts only where nobody can.
/// </summary>
public sealed class QuoteDesk(IConnectionMultiplexer redis)
{
    static readonly RedisChannel Questions = RedisChannel.Literal("octavia:quotes");

    /// <summary>The first answer; null when no worker answers in time, or Redis does not.</summary>
    public async Task<WorkQuote?> AskAsync(QuoteQuestion question, TimeSpan patience, CancellationToken ct)
    {
        if (!redis.IsConnected) return null;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(patience);
        WorkQuote? refusal = null;
        try
        {
            var answers = await redis.GetSubscriber().SubscribeAsync(Answers(question.Id));
            try
            {
                var asked = await redis.GetDatabase().PublishAsync(Questions, JsonSerializer.Serialize(question, OctaviaClient.Json));
                for (var answered = 0; answered < asked; answered++)
                {
                    var quote = JsonSerializer.Deserialize<WorkQuote>((string)(await answers.ReadAsync(timeout.Token)).Message!, OctaviaClient.Json)!;
                    if (quote.Problem is null) return quote;
                    refusal ??= quote;
                }
                return refusal;
            }
            finally
            {
                await answers.UnsubscribeAsync();
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return refusal;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Questions from now on.</summary>
    public async Task<ChannelMessageQueue> ListenAsync() => await redis.GetSubscriber().SubscribeAsync(Questions, CommandFlags.FireAndForget);

    /// <summary>Reads a question.</summary>
    public static QuoteQuestion Read(ChannelMessage message) => JsonSerializer.Deserialize<QuoteQuestion>((string)message.Message!, OctaviaClient.Json)!;

    public Task AnswerAsync(Guid question, WorkQuote quote) =>
        redis.GetDatabase().PublishAsync(Answers(question), JsonSerializer.Serialize(quote, OctaviaClient.Json));

    static RedisChannel Answers(Guid question) => RedisChannel.Literal($"octavia:quotes:{question}");
}
