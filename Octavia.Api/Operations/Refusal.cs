using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Octavia.Api.Accounts;

namespace Octavia.Api.Operations;

/// <summary>An answer that is no success, thrown where it is found out: a status, a stable code and a sentence that says what to do.</summary>
sealed class Refusal(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>When asking again makes sense.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Invalid(string code, string message) => new(StatusCodes.Status400BadRequest, code, message);

    public static Refusal NotFound(string code, string message) => new(StatusCodes.Status404NotFound, code, message);
}

/// <summary>The one place where errors become problem+json with a <c>code</c>.</summary>
static class Problems
{
    public static void AddProblems(this IServiceCollection services)
    {
        services.AddProblemDetails(options => options.CustomizeProblemDetails = context => Complete(context.ProblemDetails));
        services.AddExceptionHandler<Handler>();
    }

    /// <summary>Also to clients that asked for something else than JSON, such as events.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        Complete(problem);
        return TypedResults.Problem(problem).ExecuteAsync(context);
    }

    static void Complete(ProblemDetails problem)
    {
        var (code, detail) = problem.Status switch
        {
            400 => ("request.invalid", "The request could not be understood; check its fields."),
            401 => ("auth.required", "Log in first: this needs a valid bearer token."),
            403 => ("auth.forbidden", "Your account may not do this."),
            404 => ("not_found", "There is nothing at this address."),
            405 => ("request.method", "This address does not take this method."),
            413 => ("upload.too_large", "The request is too large."),
            415 => ("request.media_type", "The request has a content type that is not taken here."),
            429 => ("rate.limited", "That was too often; wait a minute and try again."),
            _ => ("internal", "Something went wrong here; try again in a moment."),
        };
        problem.Extensions.TryAdd("code", code);
        problem.Detail ??= detail;
    }

    sealed class Handler(ILogger<Refusal> logger) : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
        {
            var problem = exception switch
            {
                Refusal refusal => Problem(refusal.Status, refusal.Code, refusal.Message),
                BadHttpRequestException bad => new ProblemDetails { Status = bad.StatusCode },
                OperationCanceledException when context.RequestAborted.IsCancellationRequested => new ProblemDetails { Status = 499 },
                _ => new ProblemDetails { Status = 500 },
            };
            if (problem.Status == 500) logger.LogError(exception, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            if (exception is Refusal { RetryAfter: { } wait }) context.Response.SayRetryAfter(wait);
            await WriteAsync(context, problem);
            return true;
        }

        static ProblemDetails Problem(int status, string code, string detail) =>
            new() { Status = status, Detail = detail, Extensions = { ["code"] = code } };
    }
}
