using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Octavia.Api.Operations;
using Octavia.Jobs.Webhooks;
using OpenTelemetry;

namespace Octavia.Api.Webhooks;

/// <summary>What came of a try; <see cref="Problem"/> is null when the receiver took the message.</summary>
readonly record struct WebhookAnswer(int? StatusCode, string? Problem);

/// <summary>One try: signs a message and posts it, to the public internet only. Redirects are not followed, and of an answer only the beginning is read.</summary>
sealed class WebhookPost : IDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    const int AnswerBytes = 4096;
    const int AnswerShown = 200;

    readonly WebhookSecrets secrets;
    readonly HttpClient http;

    public WebhookPost(WebhookSecrets secrets, IOptions<WebhookOptions> options)
    {
        this.secrets = secrets;
        http = new PublicInternet(options.Value.AllowedNetworks).Client(redirects: 0);
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Octavia", null));
    }

    public async Task<WebhookAnswer> SendAsync(Webhook webhook, WebhookDelivery delivery, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            // An address may hold a secret of its owner's, and what goes on in the house is nobody's business: no trace, and none in the headers.
            using var _ = SuppressInstrumentationScope.Begin();
            using var request = Request(webhook, delivery);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.IsSuccessStatusCode) return new((int)response.StatusCode, null);
            var said = await BeginningAsync(response, limit.Token);
            return new((int)response.StatusCode, $"The receiver answered {(int)response.StatusCode}" + (said.Length == 0 ? "." : $": {said}"));
        }
        catch (Exception e) when (PublicInternet.Refused(e))
        {
            return new(null, "This address is not on the public internet, so nothing is sent to it.");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(null, $"The receiver did not answer within {Limit.TotalSeconds:0} seconds.");
        }
        catch (CryptographicException)
        {
            return new(null, "The secret of this webhook cannot be read any more, since the service has a new key; remove the webhook and add it again.");
        }
        catch (Exception e) when (PublicInternet.Unreachable(e))
        {
            return new(null, "The receiver could not be reached.");
        }
    }

    HttpRequestMessage Request(Webhook webhook, WebhookDelivery delivery)
    {
        var (id, time) = ($"{delivery.Id}", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        return new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new StringContent(delivery.Body, Encoding.UTF8, "application/json"),
            Headers =
            {
                { "webhook-id", id },
                { "webhook-timestamp", time },
                { "webhook-signature", secrets.Sign(webhook.Id, webhook.Secret, id, time, delivery.Body) },
            },
        };
    }

    static async Task<string> BeginningAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var content = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new byte[AnswerBytes];
        var read = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        // By runes: half of one can not be stored.
        var text = string.Concat(Encoding.UTF8.GetString(bytes, 0, read).EnumerateRunes().Select(rune => Rune.IsControl(rune) ? new Rune(' ') : rune)).Trim();
        var shown = string.Concat(text.EnumerateRunes().Take(AnswerShown));
        return shown.Length < text.Length ? shown + "…" : text;
    }

    public void Dispose() => http.Dispose();
}
