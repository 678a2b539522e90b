using System.Net;
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
}
