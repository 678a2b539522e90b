using System.Net;
using Octavia.Jobs.Client;
using StackExchange.Redis;

namespace Octavia.Web.Api;

/// <summary>What went wrong with a call, as one sentence for the person in front of the page.</summary>
static class ApiErrors
{
    public const string Unreachable = "Octavia is starting or cannot be reached right now; try again in a moment.";

    /// <summary>The service did not answer, or with an error of its own; it may do better in a moment. Everything else is an answer or a bug.</summary>
    public static bool IsPassing(Exception error) => error switch
    {
        HttpRequestException or IOException or TimeoutException or RedisException => true,
        OctaviaApiException api => api.Status is >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests,
        _ => false,
    };

    public static string Sentence(Exception error) => error switch
    {
        OctaviaApiException { Status: HttpStatusCode.TooManyRequests, Code: "http" } => "That was too often; wait a moment and try again.",
        OctaviaApiException { Status: HttpStatusCode.TooManyRequests } api => api.Message,
        // Its own words, and not those of a service or a proxy that is away.
        OctaviaApiException { Status: HttpStatusCode.ServiceUnavailable, Code: "upload.no_room" } api => api.Message,
        _ when IsPassing(error) => Unreachable,
        OctaviaApiException api => api.Message,
        _ => throw new ArgumentException("Only errors of calls have sentences.", nameof(error), error),
    };
}
