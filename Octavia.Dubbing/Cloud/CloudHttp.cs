using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Octavia.Dubbing.Cloud;

/// <summary>
/// HTTP to services that may be slow, busy or down: each try has a time limit; what may pass is tried again after a pause that grows and is spread, or
/// that the service asks for (<c>Retry-After</c>); a service that fails again and again is left alone for a while. What remains is thrown as
/// <see cref="HttpRequestException"/> with its status, whichever client library sits on top.
/// </summary>
public static class CloudHttp
{
    const int Retries = 3;
    const double MostFailures = 0.9;

    // The longest honest answer is a minute or two of sound. What comes is held in memory, so nobody may send what he likes.
    const long LongestAnswer = 64 << 20;

    // A service may ask for an hour; a person who waits for his dub is better served by the next engine.
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>A client; the caller's to dispose.</summary>
    /// <param name="options">Time limits.</param>
    public static HttpClient Create(CloudOptions options)
    {
        var retry = new HttpRetryStrategyOptions { MaxRetryAttempts = Retries, Delay = options.FirstPause, MaxDelay = LongestPause };
        var asked = retry.DelayGenerator!;
        retry.ShouldHandle = arguments => ValueTask.FromResult(
            HttpClientResiliencePredicates.IsTransient(arguments.Outcome) && !IsTooLong(arguments.Outcome.Exception));
        retry.DelayGenerator = async arguments => await asked(arguments) is { } pause ? TimeSpan.FromTicks(Math.Min(pause.Ticks, LongestPause.Ticks)) : null;
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddTimeout(2 * options.Timeout)
            .AddRetry(retry)
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
            {
                FailureRatio = MostFailures,
                MinimumThroughput = 10,
                BreakDuration = options.Rest,
                // Who asks for patience is not down.
                ShouldHandle = arguments => ValueTask.FromResult(
                    HttpClientResiliencePredicates.IsTransient(arguments.Outcome) && arguments.Outcome.Result?.StatusCode != HttpStatusCode.TooManyRequests),
            })
            .AddTimeout(options.Timeout)
            .Build();
        var network = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // The key would go along.
            AllowAutoRedirect = false,
        };
        return new HttpClient(new StatusHandler { InnerHandler = new ResilienceHandler(pipeline) { InnerHandler = new WholeAnswerHandler { InnerHandler = network } } })
        {
            // The pipeline's limits hold.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Whether an answer was longer than any may be: it will be the next time.</summary>
    internal static bool IsTooLong(Exception? exception) => exception is HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded };

    // So that the limits hold for the body too, and one that breaks off is asked for again.
    sealed class WholeAnswerHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            try
            {
                await response.Content.LoadIntoBufferAsync(LongestAnswer, cancellationToken);
                return response;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    sealed class StatusHandler : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
                throw new HttpRequestException($"The service answered {(int)response.StatusCode}.", null, response.StatusCode);
        }
    }
}
