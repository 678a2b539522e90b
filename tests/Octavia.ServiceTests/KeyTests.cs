using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class KeyTests(ServiceSystem system)
{
    [Fact]
    public async Task A_key_is_shown_once_kept_as_a_hash_and_notes_its_use()
    {
        var user = await system.CreateUserAsync();
        var made = await user.CreateKeyAsync("  nightly ");
        Assert.Matches("^oct_[A-Za-z0-9_-]{43}$", made.Key);
        var listed = Assert.Single(await user.KeysAsync());
        Assert.Equal((made.Id, "nightly", made.Key![^4..], null, null), (listed.Id, listed.Name, listed.Ending, listed.LastUsedAt, listed.Key));
        var hash = await system.WithDatabaseAsync(db => db.ApiKeys.IgnoreQueryFilters().Where(x => x.Id == made.Id).Select(x => x.KeyHash).SingleAsync());
        Assert.Matches("^[0-9a-f]{64}$", hash);

        var script = system.CreateClient();
        script.AccessToken = made.Key;
        var job = await script.CreateTextJobAsync();
        Assert.Equal(job.Id, Assert.Single((await user.ListAsync()).Items).Id);
        Assert.NotNull(Assert.Single(await user.KeysAsync()).LastUsedAt);
    }

    [Fact]
    public async Task A_revoked_key_is_worth_nothing_at_once()
    {
        var user = await system.CreateUserAsync();
        var made = await user.CreateKeyAsync("nightly");
        var script = system.CreateClient();
        script.AccessToken = made.Key;
        await script.CreditsAsync();
        await user.RevokeKeyAsync(made.Id);
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => script.CreditsAsync());
        await RefusesAsync(HttpStatusCode.NotFound, "key.not_found", () => user.RevokeKeyAsync(made.Id));
        script.AccessToken = made.Key![..^1] + (made.Key[^1] == 'A' ? 'B' : 'A');
        await RefusesAsync(HttpStatusCode.Unauthorized, "auth.required", () => script.CreditsAsync());
    }

    [Fact]
    public async Task A_key_makes_no_keys_and_changes_no_account()
    {
        var user = await system.CreateUserAsync();
        var script = system.CreateClient();
        script.AccessToken = (await user.CreateKeyAsync("nightly")).Key;
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.CreateKeyAsync("more"));
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.KeysAsync());
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.ChangePasswordAsync("correct horse battery", "another long one"));
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.DeleteAccountAsync("correct horse battery"));
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => script.LogoutEverywhereAsync());
        await user.CreditsAsync();
    }

    [Fact]
    public async Task A_key_does_not_stand_in_an_address()
    {
        var user = await system.CreateUserAsync();
        var job = await user.CreateQueuedJobAsync();
        var made = await user.CreateKeyAsync("nightly");
        using var http = system.Http();
        using var response = await http.GetAsync($"api/v1/jobs/{job.Id}/stream?token={made.Key}");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Keys_have_names_and_are_not_without_number()
    {
        var user = await system.CreateUserAsync();
        foreach (var name in new[] { "", " ", "two\nlines", new string('a', 101) })
            await RefusesAsync(HttpStatusCode.BadRequest, "key.name_invalid", () => user.CreateKeyAsync(name));
        for (var i = 0; i < 20; i++) await user.CreateKeyAsync($"{i}");
        await RefusesAsync(HttpStatusCode.Conflict, "key.too_many", () => user.CreateKeyAsync("one more"));
    }
}
