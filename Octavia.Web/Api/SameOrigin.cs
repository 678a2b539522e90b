namespace Octavia.Web.Api;

/// <summary>
/// Keeps other sites from acting with the session's cookie: what changes something must come from a page of this site.
/// </summary>
static class SameOrigin
{
    /// <summary>Safe methods pass, and so does whoever brings a token, since no browser adds one by itself.</summary>
    public static bool Allows(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return true;
        if (request.Headers.Authorization.Count > 0 || request.HttpContext.User.Identity?.IsAuthenticated != true) return true;
        if (request.Headers["Sec-Fetch-Site"] is [{ } site]) return site == "same-origin";
        return request.Headers.Origin is [{ } origin]
            && Uri.TryCreate(origin, UriKind.Absolute, out var uri)
            && string.Equals(uri.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
    }
}
