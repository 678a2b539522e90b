using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>Tokens in addresses of players: for one job, for a while, and while their maker's session lasts.</summary>
public class LinkTests(ServiceSystem system)
{
    [Fact]
    public async Task A_link_opens_the_stream_and_the_files_of_its_job_without_a_header()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        var link = await user.LinkAsync(job.Id);
        // An hour, and as long as the media lasts.
        Assert.InRange(link.ExpiresIn, 3600, 3620);
        using var http = system.Http();
        Assert.Equal("the dubbed film", await http.GetStringAsync(link.Download));
        Assert.Equal("hello", await http.GetStringAsync(link.Download + "&artifact=subtitles&language=en"));
        Assert.Contains("\"completed\"", await http.GetStringAsync(link.Stream), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_opens_nothing_else()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        var other = await user.CreateCompletedJobAsync(system);
        var token = (await user.LinkAsync(job.Id)).Token;
        foreach (var path in new[] { $"download/{other.Id}", $"jobs/{other.Id}/stream", $"jobs/{job.Id}", "jobs", "credits", "account" })
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/{path}?token={token}"));
        // Not where an access token stands either.
        var thief = system.CreateClient();
        thief.AccessToken = token;
        var refusal = await Assert.ThrowsAsync<OctaviaApiException>(() => thief.GetAsync(job.Id));
        Assert.Equal(HttpStatusCode.Unauthorized, refusal.Status);
        await Assert.ThrowsAsync<OctaviaApiException>(() => thief.DeleteAsync(job.Id));
        await user.GetAsync(job.Id);
    }

    [Fact]
    public async Task A_link_that_was_changed_or_is_too_old_is_worth_nothing()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        var other = await user.CreateCompletedJobAsync(system);
        var parts = (await user.LinkAsync(job.Id)).Token.Split('.');
        var foreign = (await user.LinkAsync(other.Id)).Token.Split('.');
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/download/{other.Id}?token={parts[0]}.{foreign[1]}.{parts[2]}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/download/{job.Id}?token={parts[0]}.{parts[1]}."));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/download/{job.Id}?token={parts[0]}.{parts[1]}.{new string([.. parts[2].Reverse()])}"));

        // As the API makes them, but of yesterday: only the time is wrong, as the fresh one shows.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"api/v1/download/{job.Id}?token={Sign(parts, DateTimeOffset.UtcNow.AddMinutes(5))}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/download/{job.Id}?token={Sign(parts, DateTimeOffset.UtcNow.AddMinutes(-5))}"));
    }

    [Fact]
    public async Task A_link_ends_with_the_session_or_the_key_that_made_it()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        var key = await user.CreateKeyAsync("player");
        var script = system.CreateClient();
        script.AccessToken = key.Key;
        var (bySession, byKey) = (await user.LinkAsync(job.Id), await script.LinkAsync(job.Id));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(byKey.Download));
        await user.RevokeKeyAsync(key.Id);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(byKey.Download));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(bySession.Download));
        await user.LogoutAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(bySession.Download));
    }

    [Fact]
    public async Task An_access_token_stands_in_the_address_of_a_stream_only()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateCompletedJobAsync(system);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync($"api/v1/jobs/{job.Id}/stream?token={user.AccessToken}"));
        foreach (var path in new[] { $"jobs/{job.Id}", $"download/{job.Id}" })
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"api/v1/{path}?token={user.AccessToken}"));
    }

    async Task<HttpStatusCode> StatusAsync(string address)
    {
        using var http = system.Http();
        using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
        return response.StatusCode;
    }

    /// <summary>The same link with another end, signed with the system's own key.</summary>
    static string Sign(string[] parts, DateTimeOffset end)
    {
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        claims["exp"] = end.ToUnixTimeSeconds();
        claims["nbf"] = end.AddHours(-1).ToUnixTimeSeconds();
        claims["iat"] = end.AddHours(-1).ToUnixTimeSeconds();
        var text = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(ServiceSystem.SigningKey), Encoding.ASCII.GetBytes(text)))}";
    }
}
