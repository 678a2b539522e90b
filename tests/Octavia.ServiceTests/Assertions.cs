using System.Net;
using System.Text.Json;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.ServiceTests;

static class Assertions
{
    /// <summary>The call is refused with a status, a code, and a sentence for people.</summary>
    public static async Task RefusesAsync(HttpStatusCode status, string code, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<OctaviaApiException>(call);
        Assert.Equal((status, code), (refusal.Status, refusal.Code));
        Assert.Matches(@"^[A-Z].{15,}[.]$", refusal.Message);
    }

    /// <summary>The answer is problem+json with a code and a sentence.</summary>
    public static async Task AssertProblemAsync(HttpResponseMessage response, string code)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
        Assert.False(string.IsNullOrEmpty(problem.RootElement.GetProperty("detail").GetString()));
    }
}
