using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

public sealed class AccountTests(BrowserSystem system)
{
    [Fact]
    public async Task Who_registered_can_log_out_and_in_and_lands_where_they_wanted_to()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Log in" }).First).ToBeVisibleAsync();

        await page.GotoAsync("/dashboard/video");
        await page.WaitForURLAsync("**/account/login?returnUrl=*");
        await visitor.FillCredentialsAsync(visitor.Email, Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard/video");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task A_wrong_password_and_a_taken_address_are_said_in_a_sentence()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();

        await page.GotoAsync("/account/login");
        await visitor.FillCredentialsAsync(visitor.Email, "not the password 1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("password");
        await visitor.ScreenshotAsync("login-refused");
        await visitor.ExpectAccessibleAsync();

        await page.GotoAsync("/account/register");
        await visitor.FillCredentialsAsync(visitor.Email, Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the account" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).Not.ToBeEmptyAsync();
        Assert.Contains("/account/register", page.Url);
    }

    [Fact]
    public async Task Login_sends_nobody_to_another_site()
    {
        await using var visitor = await system.VisitAsync();
        var page = visitor.Page;
        await visitor.RegisterAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Log out" }).ClickAsync();
        await page.GotoAsync("/account/login?returnUrl=" + Uri.EscapeDataString("//example.org/"));
        await visitor.FillCredentialsAsync(visitor.Email, Visitor.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        await page.WaitForURLAsync("**/dashboard");
        visitor.ExpectClean();
    }

    [Fact]
    public async Task Another_site_cannot_act_with_the_cookie()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        var job = new Dictionary<string, object> { ["text"] = "Hello.", ["target_language"] = "es" };
        var url = new Uri(system.Web, "/api/v1/jobs/translate/create").ToString();

        var elsewhere = await visitor.Context.APIRequest.PostAsync(url, new()
        {
            DataObject = job,
            Headers = new Dictionary<string, string> { ["Origin"] = "https://example.org", ["Sec-Fetch-Site"] = "cross-site" },
        });
        Assert.Equal(403, elsewhere.Status);
        var unsaid = await visitor.Context.APIRequest.PostAsync(url, new() { DataObject = job });
        Assert.Equal(403, unsaid.Status);
        var here = await visitor.Page.EvaluateAsync<int>("url => fetch(url, { method: 'DELETE' }).then(answer => answer.status)", $"/api/v1/jobs/{Guid.NewGuid()}");
        Assert.Equal(404, here);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.RegisterAsync();
        // The cookie goes along, and so does what a page of this site would say; only the form's own token is missing.
        foreach (var path in new[] { "/account/logout", "/account/login" })
        {
            var form = visitor.Context.APIRequest.CreateFormData();
            form.Set("_handler", "credentials");
            form.Set("Input.Email", visitor.Email);
            form.Set("Input.Password", Visitor.Password);
            var answer = await visitor.Context.APIRequest.PostAsync(path, new() { Form = form });
            Assert.Equal(400, answer.Status);
        }
        await visitor.Page.GotoAsync("/dashboard");
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Log out" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Attempts_are_counted_for_each_visitor_and_nobody_can_pose_as_another()
    {
        using var one = From("127.0.0.3");
        using var other = From("127.0.0.4");
        var answers = new List<HttpStatusCode>();
        // The window may turn over on the way, once.
        for (var i = 0; i < 300 && !answers.Contains(HttpStatusCode.TooManyRequests); i++) answers.Add(await TryAsync(one, $"203.0.113.{i % 200}"));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
        Assert.Equal(HttpStatusCode.BadRequest, await TryAsync(other, "127.0.0.3"));
    }

    static async Task<HttpStatusCode> TryAsync(HttpClient visitor, string pose)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/auth/register");
        request.Content = new StringContent("""{"email":"nobody","password":"a long enough one"}""", Encoding.UTF8, "application/json");
        request.Headers.Add("X-Forwarded-For", pose);
        using var response = await visitor.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Somebody at another address of this machine.</summary>
    HttpClient From(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = system.Web };
}
