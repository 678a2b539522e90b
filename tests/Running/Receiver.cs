using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octavia.Tests.Running;

/// <summary>What a webhook was sent.</summary>
public sealed record ReceivedMessage(string Id, string Timestamp, string Signature, string Body);

/// <summary>A web site that is told by webhooks.</summary>
public sealed class Receiver : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly WebApplication app;
    readonly ConcurrentQueue<ReceivedMessage> messages = new();

    Receiver(WebApplication app) => this.app = app;

    public IReadOnlyList<ReceivedMessage> Messages => [.. messages];

    /// <param name="answer">What is answered to which message, counted from 1; null for 204 to all.</param>
    /// <param name="host">An address of this machine, with a port if it matters.</param>
    public static async Task<Receiver> StartAsync(Func<int, HttpContext, Task>? answer = null, string host = "127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{host}");
        var receiver = new Receiver(builder.Build());
        receiver.app.Run(async context =>
        {
            var headers = context.Request.Headers;
            using var body = new StreamReader(context.Request.Body);
            receiver.messages.Enqueue(new($"{headers["webhook-id"]}", $"{headers["webhook-timestamp"]}", $"{headers["webhook-signature"]}", await body.ReadToEndAsync()));
            if (answer is null) context.Response.StatusCode = StatusCodes.Status204NoContent;
            else await answer(receiver.messages.Count, context);
        });
        await receiver.app.StartAsync();
        return receiver;
    }

    public string Address => $"{app.Urls.Single()}/octavia";

    /// <summary>The messages, once there are so many.</summary>
    public async Task<IReadOnlyList<ReceivedMessage>> WaitAsync(int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (messages.Count < count) await Task.Delay(20, limit.Token);
        return Messages;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
