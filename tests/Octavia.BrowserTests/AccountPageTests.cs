using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Microsoft.Playwright;
using Npgsql;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

public sealed class AccountPageTests(BrowserSystem system)
{
    [Fact]
    public async Task A_key_is_shown_once_works_and_is_revoked()
    {
        await using var visitor = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        await Expect(page.GetByText("Plan: free")).ToBeVisibleAsync();
        await page.GetByLabel("What is it for?").FillAsync("Nightly script");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        var shown = page.GetByLabel("New key");
        await Expect(shown).ToBeVisibleAsync();
        var key = await shown.InputValueAsync();
        Assert.Equal(HttpStatusCode.OK, await CreditsAsync(key));
        await Expect(page.GetByText("not used yet")).ToBeVisibleAsync();
        await visitor.ShowAsync("account");

        await OpenAgainAsync(visitor);
        await Expect(page.GetByText("used just now")).ToBeVisibleAsync();
        await Expect(shown).ToBeHiddenAsync();
        Assert.DoesNotContain(key, await page.ContentAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke Nightly script" }).ClickAsync();
        await ConfirmAsync(page, "Revoke");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Keys" })).ToBeHiddenAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await CreditsAsync(key));
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_webhook_is_added_tested_and_removed()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var visitor = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync(receiver.Address);
        await page.GetByLabel("cancelled").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a webhook" }).ClickAsync();
        var shown = page.GetByLabel("Secret of the new webhook");
        await Expect(shown).ToHaveValueAsync(new Regex("^whsec_.{40,}"));
        var secret = await shown.InputValueAsync();
        await Expect(page.GetByText("job.completed, job.failed", new() { Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = $"Test {receiver.Address}" }).ClickAsync();
        await receiver.WaitAsync(1);
        await Expect(page.GetByText("Sent last: taken (204)")).ToBeVisibleAsync();
        await visitor.ShowAsync("webhook");

        await OpenAgainAsync(visitor);
        await Expect(page.GetByText("Sent last: taken (204)")).ToBeVisibleAsync();
        await Expect(shown).ToBeHiddenAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = $"Remove {receiver.Address}" }).ClickAsync();
        await ConfirmAsync(page, "Remove");
        await Expect(page.GetByRole(AriaRole.List, new() { Name = "Webhooks" })).ToBeHiddenAsync();
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_new_password_keeps_this_session_and_ends_the_others()
    {
        await using var visitor = await system.VisitAsync();
        await using var elsewhere = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        await LoginAsync(elsewhere, visitor.Email, Visitor.Password);

        await page.GetByLabel("Current password").FillAsync("not this one 1");
        await page.GetByLabel("New password").FillAsync("another long Password 2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the password" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("password is wrong");
        await page.GetByLabel("Current password").FillAsync(Visitor.Password);
        await page.GetByLabel("New password").FillAsync("another long Password 2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Change the password" }).ClickAsync();
        await Expect(page.GetByText("The password is changed.")).ToBeAttachedAsync();

        await OpenAgainAsync(visitor);
        await Expect(page.GetByText("Plan: free")).ToBeVisibleAsync();
        await elsewhere.Page.GotoAsync("/dashboard/account");
        await elsewhere.Page.WaitForURLAsync("**/account/login?returnUrl=*");
        await LoginAsync(elsewhere, visitor.Email, "another long Password 2");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task Logging_out_everywhere_ends_all_sessions()
    {
        await using var visitor = await system.VisitAsync();
        await using var elsewhere = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        await LoginAsync(elsewhere, visitor.Email, Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out everywhere" }).ClickAsync();
        await ConfirmAsync(page, "Log out");
        await page.WaitForURLAsync("**/account/login");
        foreach (var one in new[] { visitor, elsewhere })
        {
            await one.Page.GotoAsync("/dashboard");
            await one.Page.WaitForURLAsync("**/account/login?returnUrl=*");
        }
        visitor.ExpectClean();
    }

    [Fact]
    public async Task An_account_is_deleted_after_one_more_question()
    {
        await using var visitor = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        await page.GetByLabel("Your password").FillAsync(Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("gone for good");
        await ConfirmAsync(page, "Keep it");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        await Expect(page.GetByText("Plan: free")).ToBeVisibleAsync();

        await page.GetByLabel("Your password").FillAsync(Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete the account" }).ClickAsync();
        await ConfirmAsync(page, "Delete it");
        await page.WaitForURLAsync(system.Web.ToString());
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Log in" }).First).ToBeVisibleAsync();
        await page.GotoAsync("/account/login");
        await visitor.FillCredentialsAsync(visitor.Email, Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("wrong");
    }

    [Fact]
    public async Task A_session_renews_its_tokens_and_no_request_is_lost_by_it()
    {
        await using var visitor = await system.VisitAsync();
        var page = await OpenAsync(visitor);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var before = await RenewedAsync(visitor.Email);
        for (var renewals = 0; renewals < 3;)
        {
            // Many at once, so that some ask at the moment at which the token is due.
            var answers = await page.EvaluateAsync<int[]>(
                "() => Promise.all(Array.from({ length: 8 }, () => fetch('/api/v1/credits').then(answer => answer.status)))");
            Assert.All(answers, status => Assert.Equal(200, status));
            var now = await RenewedAsync(visitor.Email);
            if (now > before) renewals++;
            before = now;
            await Task.Delay(100, limit.Token);
        }
        // The page that was open all the time goes on too.
        await page.GetByLabel("What is it for?").FillAsync("Later");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await Expect(page.GetByLabel("New key")).ToBeVisibleAsync();
        visitor.ExpectClean();
    }

    static async Task<IPage> OpenAsync(Visitor visitor)
    {
        await visitor.RegisterAsync();
        await OpenAgainAsync(visitor);
        return visitor.Page;
    }

    static async Task OpenAgainAsync(Visitor visitor)
    {
        await visitor.OpenLiveAsync("/dashboard/account");
        await Expect(visitor.Page.GetByLabel("Current password")).ToBeVisibleAsync();
    }

    static Task ConfirmAsync(IPage page, string answer) =>
        page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = answer, Exact = true }).ClickAsync();

    static async Task LoginAsync(Visitor visitor, string email, string password)
    {
        await visitor.Page.GotoAsync("/account/login");
        await visitor.FillCredentialsAsync(email, password);
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await visitor.Page.WaitForURLAsync("**/dashboard");
    }

    async Task<HttpStatusCode> CreditsAsync(string key)
    {
        using var http = system.App.CreateHttpClient(ResourceNames.Api);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await http.GetAsync("api/v1/credits");
        return response.StatusCode;
    }

    async Task<DateTime> RenewedAsync(string email)
    {
        await using var database = new NpgsqlConnection(await system.App.GetConnectionStringAsync(ResourceNames.Database, default));
        await database.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT max(renewed_at) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1", database);
        command.Parameters.Add(new() { Value = email });
        return (DateTime)(await command.ExecuteScalarAsync())!;
    }
}
