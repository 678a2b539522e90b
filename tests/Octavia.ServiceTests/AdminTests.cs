using System.Net;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Accounts;
using Octavia.Jobs.Client;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class AdminTests(ServiceSystem system)
{
    [Fact]
    public async Task An_admin_finds_users_and_grants_them_credits()
    {
        var admin = await AdminAsync();
        var user = await system.CreateUserAsync();
        var account = await user.AccountAsync();
        var found = Assert.Single((await admin.UsersAsync(account.Email.ToUpperInvariant()[..20])).Items);
        Assert.Equal((account.UserId, account.Email, "user", "free", 3600), (found.UserId, found.Email, found.Role, found.Plan, found.BalanceSeconds));
        await admin.GrantAsync(account.UserId, new(600, " for the delay "));
        var entry = (await user.LedgerAsync()).Items[0];
        Assert.Equal(("grant", 600, "for the delay"), (entry.Kind, entry.Seconds, entry.Note));
        Assert.Equal(4200, (await user.CreditsAsync()).BalanceSeconds);

        await admin.GrantAsync(account.UserId, new(-4200));
        Assert.Equal(0, (await user.CreditsAsync()).BalanceSeconds);
        await RefusesAsync(HttpStatusCode.Conflict, "credits.insufficient", () => admin.GrantAsync(account.UserId, new(-1)));
        await RefusesAsync(HttpStatusCode.NotFound, "user.not_found", () => admin.GrantAsync(Guid.NewGuid(), new(1)));
        foreach (var seconds in new[] { 0, long.MaxValue, long.MinValue })
            await RefusesAsync(HttpStatusCode.BadRequest, "credits.grant_invalid", () => admin.GrantAsync(account.UserId, new(seconds)));
        await RefusesAsync(HttpStatusCode.BadRequest, "credits.note_invalid", () => admin.GrantAsync(account.UserId, new(1, "two\nlines")));
    }

    [Fact]
    public async Task An_admin_changes_plans_and_roles_and_it_counts_at_once()
    {
        var admin = await AdminAsync();
        var user = await system.CreateUserAsync();
        var id = (await user.AccountAsync()).UserId;
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => user.UsersAsync());
        var changed = await admin.ChangeUserAsync(id, new("paid", "admin"));
        Assert.Equal(("paid", "admin"), (changed.Plan, changed.Role));
        var account = await user.AccountAsync();
        Assert.Equal(("paid", 50, 2000L << 20), (account.Plan, account.Limits.JobsAtOnce, account.Limits.MaxFileBytes));
        await user.UsersAsync();

        await admin.ChangeUserAsync(id, new(Role: "user"));
        await RefusesAsync(HttpStatusCode.Forbidden, "auth.forbidden", () => user.UsersAsync());
        Assert.Equal("paid", (await user.AccountAsync()).Plan);
        await RefusesAsync(HttpStatusCode.BadRequest, "user.plan_unknown", () => admin.ChangeUserAsync(id, new("1")));
        await RefusesAsync(HttpStatusCode.BadRequest, "user.role_unknown", () => admin.ChangeUserAsync(id, new(Role: "root")));
        await RefusesAsync(HttpStatusCode.NotFound, "user.not_found", () => admin.ChangeUserAsync(Guid.NewGuid(), new("paid")));
        var own = (await admin.AccountAsync()).UserId;
        await RefusesAsync(HttpStatusCode.BadRequest, "user.own_role", () => admin.ChangeUserAsync(own, new(Role: "user")));
    }

    [Fact]
    public async Task Who_knows_the_code_becomes_an_admin()
    {
        var user = await system.CreateUserAsync();
        foreach (var guess in new[] { "", "a guess of sixteen", system.AdminCode[..^1] })
            await RefusesAsync(HttpStatusCode.Forbidden, "admin.code_wrong", () => user.ClaimAdminAsync(guess));
        Assert.Equal("user", (await user.AccountAsync()).Role);
        await user.ClaimAdminAsync(system.AdminCode);
        Assert.Equal("admin", (await user.AccountAsync()).Role);
        await user.UsersAsync();
    }

    [Fact]
    public async Task A_role_that_was_taken_is_not_written_back()
    {
        var admin = await AdminAsync();
        var id = (await admin.AccountAsync()).UserId;
        await system.WithDatabaseAsync(async db =>
        {
            // As Identity writes a user: all of the row, as it was read.
            var read = await db.Users.SingleAsync(x => x.Id == id);
            await system.WithDatabaseAsync(other => other.ChangeUserAsync(id, UserRole.User, null, default));
            db.Update(read);
            return await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => db.SaveChangesAsync());
        });
        Assert.Equal("user", (await admin.AccountAsync()).Role);
    }

    [Fact]
    public async Task An_admin_sees_no_jobs_of_others()
    {
        var admin = await AdminAsync();
        var job = await (await system.CreateUserAsync()).CreateTextJobAsync();
        await RefusesAsync(HttpStatusCode.NotFound, "job.not_found", () => admin.GetAsync(job.Id));
    }

    async Task<OctaviaClient> AdminAsync()
    {
        var client = await system.CreateUserAsync();
        var id = (await client.AccountAsync()).UserId;
        await system.WithDatabaseAsync(db => db.Users.Where(x => x.Id == id).ExecuteUpdateAsync(set => set.SetProperty(x => x.Role, UserRole.Admin)));
        return client;
    }
}
