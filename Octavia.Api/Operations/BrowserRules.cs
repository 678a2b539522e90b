using Microsoft.AspNetCore.Server.Kestrel.Core;
using Octavia.Api.Uploads;

namespace Octavia.Api.Operations;

/// <summary>What browsers may do with answers of the API: nothing but read them, and only pages of the same origin.</summary>
static class BrowserRules
{
    /// <summary>Closed unless <c>Cors:Origins</c> names the sites whose pages may call the API, with a token of their own: cookies are never taken.</summary>
    public static void AddOrigins(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<KestrelServerOptions>(options => options.AddServerHeader = false);
        var origins = builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? [];
        builder.Services.AddCors(options => options.AddDefaultPolicy(policy => policy
            .WithOrigins(origins).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders(["Content-Disposition", "Location", "Retry-After", "Idempotency-Replayed", .. TusApi.Headers])));
    }

    public static void UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: what answers errors clears the headers first.
        context.Response.OnStarting(() =>
        {
            Secure(context.Request.Path, context.Response.Headers);
            return Task.CompletedTask;
        });
        return next(context);
    });

    static void Secure(PathString path, IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        // An uploaded name or a made file is never a page that runs something here; the reference is one, of ours.
        headers.ContentSecurityPolicy = path.StartsWithSegments("/api")
            ? "default-src 'none'; frame-ancestors 'none'; sandbox"
            : "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
                + "connect-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";
        // A player asks for parts again; others than its browser keep none of them.
        if (path.StartsWithSegments("/api") && headers.CacheControl.Count == 0)
            headers.CacheControl = path.StartsWithSegments("/api/v1/download") ? "private, no-cache" : "no-store";
    }
}
