using System.Net;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Octavia.Dubbing.Cloud;

/// <summary>Why a service did not answer, whichever client library tells it.</summary>
/// <param name="Status">What it answered; null when it did not.</param>
/// <param name="Reason">For people, the end of a sentence: <c>cannot be reached</c>.</param>
sealed record CloudFailure(HttpStatusCode? Status, string Reason)
{
    /// <summary>Whether the key is wrong, or not allowed this.</summary>
    public bool IsUnauthorized => Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    /// <summary>Whether there is nothing of that name.</summary>
    public bool IsUnknown => Status == HttpStatusCode.NotFound;

    /// <summary>Whether what was asked is refused: another question may be answered.</summary>
    public bool IsRefusal => Status is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity;

    /// <summary>What an exception tells of a service; null when it has to do with something else. Not to be asked of a caller's own cancel.</summary>
    public static CloudFailure? Of(Exception exception)
    {
        foreach (var e in Causes(exception))
        {
            switch (e)
            {
                case HttpRequestException { StatusCode: { } status }: return new CloudFailure(status, $"answered {(int)status}");
                case BrokenCircuitException: return new CloudFailure(null, "has failed too often and is left alone for a while");
                case TimeoutRejectedException: return new CloudFailure(null, "did not answer in time");
                case OperationCanceledException: return new CloudFailure(null, "did not answer in time");
                case HttpRequestException when CloudHttp.IsTooLong(e): return new CloudFailure(null, "answered with more than can be right");
                case HttpRequestException or IOException: return new CloudFailure(null, "cannot be reached");
            }
        }
        return null;
    }

    // The libraries wrap, and gather what their tries ended with.
    static IEnumerable<Exception> Causes(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            yield return exception;
            if (exception is not AggregateException many) continue;
            foreach (var one in many.InnerExceptions.SelectMany(Causes)) yield return one;
            yield break;
        }
    }
}
