using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Local;

internal static class LocalHealth
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Runs a check that returns its problem, or null when all is well; a failure to connect is a problem too.</summary>
    public static async Task<HealthCheckResult> RunAsync(Func<CancellationToken, Task<string?>> problem, CancellationToken cancellationToken)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(Limit);
        try
        {
            return await problem(limited.Token) is { } text ? HealthCheckResult.Unhealthy(text) : HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy(failure.Message, failure);
        }
    }
}

/// <summary>Healthy while any replica answers, as behind Aspire's proxy.</summary>
internal sealed class HttpHealthCheck(EndpointReference endpoint, string path, int status)
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(30) });

    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        string? problem = null;
        foreach (var port in endpoint.EndpointAnnotation.ReplicaPorts)
        {
            problem = await AskAsync(port, cancellationToken);
            if (problem is null)
                return null;
        }

        return problem;
    }

    private async Task<string?> AskAsync(int port, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Client.GetAsync(new Uri($"http://{endpoint.Host}:{port}{path}"), cancellationToken);
            return (int)answer.StatusCode == status ? null : $"{path} answered {(int)answer.StatusCode} instead of {status}.";
        }
        catch (HttpRequestException failure)
        {
            return failure.Message;
        }
    }
}
