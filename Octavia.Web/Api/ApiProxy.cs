using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.ServiceDiscovery.Http;
using Octavia.Jobs.Client;
using Octavia.Web.Accounts;
using Yarp.ReverseProxy.Forwarder;

namespace Octavia.Web.Api;

/// <summary>
/// The API as the browser sees it: under <c>/api</c> of this site, with the token of the session's cookie. Bodies stream both ways.
/// </summary>
static class ApiProxy
{
    public const string Destination = "https+http://api";

    static readonly ForwarderRequestConfig Forwarding = new() { ActivityTimeout = TimeSpan.FromMinutes(10) };

    public static void AddApi(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<ApiConnection>();
        services.AddTransient(provider => provider.GetRequiredService<ApiConnection>().CreateClient());
        services.AddScoped<UserApi>();
    }

    // The size of an upload is the API's to limit: it answers with a sentence for people.
    public static void MapApiProxy(this IEndpointRouteBuilder app) =>
        app.Map("/api/{**path}", ForwardAsync).WithMetadata(new DisableRequestSizeLimitAttribute());

    static async Task ForwardAsync(HttpContext context, IHttpForwarder forwarder, ApiConnection connection)
    {
        // Whoever calls the API gets its answer, not a page about it.
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false;
        if (!SameOrigin.Allows(context.Request))
        {
            await Problem(StatusCodes.Status403Forbidden, "cross_origin", "This request comes from another site.").ExecuteAsync(context);
            return;
        }
        var error = await forwarder.SendAsync(context, Destination, connection.Invoker, Forwarding, TokenTransformer.Instance);
        if (error != ForwarderError.None && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            await Problem(context.Response.StatusCode, "unreachable", ApiErrors.Unreachable).ExecuteAsync(context);
    }

    static IResult Problem(int status, string code, string detail) =>
        Results.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    sealed class TokenTransformer : HttpTransformer
    {
        public static readonly TokenTransformer Instance = new();

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            proxyRequest.Headers.Host = null;
            proxyRequest.Headers.Remove("Cookie");
            // Whom the site sees, and not whom they say they are: the API counts attempts by it.
            proxyRequest.Headers.Remove(OctaviaClient.ClientAddress);
            if (httpContext.Connection.RemoteIpAddress is { } address)
                proxyRequest.Headers.TryAddWithoutValidation(OctaviaClient.ClientAddress, address.ToString());
            if (proxyRequest.Headers.Authorization is null && httpContext.User.SessionId() is { } id && !httpContext.Request.Query.ContainsKey("token")
                && await httpContext.RequestServices.GetRequiredService<SessionStore>().TokenAsync(id, cancellationToken) is { } token)
                proxyRequest.Headers.Authorization = new("Bearer", token);
        }
    }
}

/// <summary>
/// One pool of connections to the API for the proxy and the pages. No retries here: an upload cannot be sent twice, and the pages
/// say what happened and try again themselves.
/// </summary>
sealed class ApiConnection : IDisposable
{
    readonly HttpMessageHandler _handler;

    public ApiConnection(IServiceDiscoveryHttpMessageHandlerFactory discovery)
    {
        _handler = discovery.CreateHandler(new SocketsHttpHandler
        {
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        });
        Invoker = new HttpMessageInvoker(_handler, disposeHandler: false);
    }

    public HttpMessageInvoker Invoker { get; }

    /// <summary>A client without a limit of its own: callers pass tokens.</summary>
    public OctaviaClient CreateClient() =>
        new(new HttpClient(_handler, disposeHandler: false) { BaseAddress = new Uri(ApiProxy.Destination), Timeout = Timeout.InfiniteTimeSpan });

    public void Dispose() => _handler.Dispose();
}
