using Microsoft.Extensions.AI;

namespace Octavia.Dubbing.Cloud;

/// <summary>What all clients of services have in common, whichever library they come from.</summary>
static class CloudClients
{
    /// <summary>Name of the traces and metrics of what services are asked. Texts and sounds are not in them.</summary>
    public const string Telemetry = "Octavia.Dubbing";

    /// <summary>A chat client that is traced, and closes its HTTP client with itself.</summary>
    public static IChatClient Own(this IChatClient client, HttpClient http) =>
        new OwningChatClient(client, http).AsBuilder().UseOpenTelemetry(sourceName: Telemetry).Build();

    // The libraries' clients leave what they were given open.
    sealed class OwningChatClient(IChatClient inner, HttpClient http) : DelegatingChatClient(inner)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing) http.Dispose();
        }
    }
}
