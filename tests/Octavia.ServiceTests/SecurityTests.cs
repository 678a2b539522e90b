using System.Net;
using System.Net.Http.Headers;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>What browsers are told, and what logs do not tell.</summary>
public class SecurityTests(ServiceSystem system)
{
    [Fact]
    public async Task Every_answer_says_what_browsers_may_not_do_with_it()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        using var http = system.Http(user);
        foreach (var path in new[] { "api/v1/credits", $"api/v1/download/{job.Id}", $"api/v1/jobs/{Guid.NewGuid()}", "no/such/place", "scalar/v1" })
        {
            using var response = await http.GetAsync(path);
            Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
            Assert.Equal("DENY", Header(response, "X-Frame-Options"));
            Assert.Equal("no-referrer", Header(response, "Referrer-Policy"));
            Assert.Contains("frame-ancestors 'none'", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
            if (path.StartsWith("api/", StringComparison.Ordinal)) Assert.StartsWith("default-src 'none'", Header(response, "Content-Security-Policy"), StringComparison.Ordinal);
            Assert.False(response.Headers.Contains("Server"));
        }
        using var account = await http.GetAsync("api/v1/account");
        Assert.True(account.Headers.CacheControl!.NoStore);
        // A made file is saved, not shown: it runs nothing here.
        using var download = await http.GetAsync($"api/v1/download/{job.Id}");
        Assert.Equal("attachment", download.Content.Headers.ContentDisposition!.DispositionType);
    }

    [Theory]
    [InlineData("https://example.org")]
    [InlineData("https://app.example.org.example.org")]
    [InlineData("http://app.example.org")]
    [InlineData("null")]
    public async Task Pages_of_other_sites_are_not_let_in(string origin)
    {
        var (preflight, answer) = await AskFromAsync(origin);
        Assert.DoesNotContain(preflight.Concat(answer), x => x.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Pages_of_the_site_that_is_named_are_let_in_without_cookies()
    {
        var (preflight, answer) = await AskFromAsync(ServiceSystem.NamedOrigin);
        Assert.Equal(ServiceSystem.NamedOrigin, preflight["Access-Control-Allow-Origin"]);
        Assert.Equal("DELETE", preflight["Access-Control-Allow-Methods"]);
        Assert.Equal("authorization", preflight["Access-Control-Allow-Headers"]);
        Assert.Equal(ServiceSystem.NamedOrigin, answer["Access-Control-Allow-Origin"]);
        Assert.DoesNotContain("Access-Control-Allow-Credentials", preflight.Keys.Concat(answer.Keys));
    }

    /// <summary>What a page is told that asks whether it may delete jobs, and one that reads.</summary>
    async Task<(Dictionary<string, string> Preflight, Dictionary<string, string> Answer)> AskFromAsync(string origin)
    {
        using var http = system.Http(await system.CreateUserAsync());
        using var asked = new HttpRequestMessage(HttpMethod.Options, "api/v1/jobs");
        asked.Headers.Add("Origin", origin);
        asked.Headers.Add("Access-Control-Request-Method", "DELETE");
        asked.Headers.Add("Access-Control-Request-Headers", "authorization");
        using var preflight = await http.SendAsync(asked);
        using var plain = new HttpRequestMessage(HttpMethod.Get, "api/v1/credits") { Headers = { { "Origin", origin } } };
        using var answer = await http.SendAsync(plain);
        return (Headers(preflight), Headers(answer));

        static Dictionary<string, string> Headers(HttpResponseMessage message) => message.Headers.ToDictionary(x => x.Key, x => string.Join(", ", x.Value));
    }

    [Fact]
    public async Task Secrets_are_in_no_log()
    {
        var client = system.CreateClient();
        var (email, password, next) = ($"{Guid.NewGuid():N}@example.org", $"secret {Guid.NewGuid():N}", $"secret {Guid.NewGuid():N}");
        var tokens = await client.RegisterAsync(email, password);
        client.AccessToken = tokens.AccessToken;
        var job = await client.CreateCompletedJobAsync(system);
        var (link, key) = (await client.LinkAsync(job.Id), await client.CreateKeyAsync("secret"));
        // Of many receivers the address is a secret too; nothing listens at this one.
        var place = $"secret{Guid.NewGuid():N}";
        var webhook = await client.CreateWebhookAsync($"http://127.0.0.1:9/{place}");
        await client.PingAsync(webhook.Id);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await client.DeliveriesAsync(webhook.Id, limit.Token))[0].Status != "given_up") await Task.Delay(50, limit.Token);
        var renewed = await client.RefreshAsync(tokens.RefreshToken);
        string[] secrets =
        [
            password, next, tokens.AccessToken, tokens.RefreshToken, renewed.AccessToken, renewed.RefreshToken, link.Token, key.Key!, place, webhook.Secret!, ServiceSystem.SigningKey,
        ];
        // Where they are used, where they are wrong, and where something breaks.
        using (var http = system.Http())
        {
            foreach (var address in new[] { link.Download, link.Stream, $"api/v1/jobs/{job.Id}/stream?token={renewed.AccessToken}", link.Download + "x", $"api/v1/jobs/{Guid.NewGuid()}/stream?token={link.Token}" })
                (await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead)).Dispose();
            (await http.PostAsync("api/v1/auth/login", new StringContent($$"""{"email":"{{email}}","password":"{{next}}" """, null, "application/json"))).Dispose();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Key + "x");
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("api/v1/credits")).StatusCode);
        }
        await Record.ExceptionAsync(() => client.LoginAsync(email, next));
        await Record.ExceptionAsync(() => client.RefreshAsync(tokens.RefreshToken));
        client.AccessToken = (await client.LoginAsync(email, password)).AccessToken;
        var lease = system.LeaseOf(job.OutputFile!);
        await lease.AcquireAsync(TimeSpan.FromSeconds(60));
        Assert.IsType<OctaviaApiException>(await Record.ExceptionAsync(() => client.DeleteAccountAsync(password)));
        await lease.ReleaseAsync();

        var log = await LogAsync(until: $"/api/v1/account failed");
        Assert.DoesNotContain(secrets, secret => log.Contains(secret, StringComparison.Ordinal));
        // It does tell of what happened here.
        Assert.Contains($"session {Guid.ParseExact(tokens.RefreshToken.Split('.')[0], "N")}", log, StringComparison.Ordinal);
    }

    /// <summary>All that the API said so far.</summary>
    static async Task<string> LogAsync(string until)
    {
        var folder = new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "logs"));
        for (var tries = 0; ; tries++)
        {
            var log = "";
            foreach (var file in folder.EnumerateFiles($"{ResourceNames.Api}*", SearchOption.AllDirectories).Where(x => x.FullName.Contains($"-{Environment.ProcessId}", StringComparison.Ordinal)))
            {
                await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                log += await new StreamReader(stream).ReadToEndAsync();
            }
            if (log.Contains(until, StringComparison.Ordinal)) return log;
            Assert.True(tries < 100, "The API did not log what broke.");
            await Task.Delay(50);
        }
    }

    static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? Assert.Single(values) : throw new Xunit.Sdk.XunitException($"{response.RequestMessage!.RequestUri} lacks {name}.");
}
