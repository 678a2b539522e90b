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

    // A service may ask for an hour; a person who waits for his dub is better served by the next engine.
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>A client; the caller's to dispose.</summary>
    /// <param name="options">Time limits.</param>
    public static HttpClient Create(CloudOptions options)
    {
        var retry = new HttpRetryStrategyOptions { MaxRetryAttempts = Retries, Delay = options.FirstPause, MaxDelay = LongestPause };
        var asked = retry.DelayGenerator!;
        retry.DelayGenerator = async arguments => await asked(arguments) is { } pause ? TimeSpan.FromTicks(Math.Min(pause.Ticks, LongestPause.Ticks)) : null;
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddTimeout(2 * options.Timeout)
            .AddRetry(retry)
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions { MinimumThroughput = 10, BreakDuration = options.Rest })
            .AddTimeout(options.Timeout)
            .Build();
        return new HttpClient(new StatusHandler { InnerHandler = new ResilienceHandler(pipeline) { InnerHandler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) } } })
        {
            // The pipeline's limits hold.
            Timeout = Timeout.InfiniteTimeSpan,
        };
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
