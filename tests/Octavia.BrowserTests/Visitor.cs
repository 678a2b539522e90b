using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Octavia.BrowserTests;

/// <summary>A person at the site. Notes every request to another host and every error in the console.</summary>
public sealed class Visitor : IAsyncDisposable
{
    public const string Password = "a long enough Password 1";

    readonly IBrowserContext _context;
    readonly ConcurrentQueue<string> _foreign = new();
    readonly ConcurrentQueue<string> _errors = new();

    public Visitor(IBrowserContext context, IPage page, Uri home)
    {
        _context = context;
        Page = page;
        page.Request += (_, request) =>
        {
            if (request.Url.StartsWith("http", StringComparison.Ordinal) && new Uri(request.Url).Authority != home.Authority) _foreign.Enqueue(request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _errors.Enqueue($"{message.Text} ({message.Location})");
        };
        page.PageError += (_, error) => _errors.Enqueue(error);
    }

    public IPage Page { get; }

    public IBrowserContext Context => _context;

    public string Email { get; } = $"ann-{Guid.NewGuid().ToString("n")[..8]}@example.org";

    /// <summary>Makes an account through the form; ends on the dashboard.</summary>
    public async Task RegisterAsync()
    {
        await Page.GotoAsync("/account/register");
        await FillCredentialsAsync(Email, Password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Make the account" }).ClickAsync();
        await Page.WaitForURLAsync("**/dashboard");
    }

    public async Task FillCredentialsAsync(string email, string password)
    {
        await Page.GetByLabel("E-mail").FillAsync(email);
        await Page.GetByLabel("Password").FillAsync(password);
    }

    /// <summary>Opens a page that lives on a circuit and waits until it answers.</summary>
    public async Task OpenLiveAsync(string path)
    {
        await Page.GotoAsync(path);
        await LiveAsync();
    }

    /// <summary>The circuit has rendered: the page's own script is attached.</summary>
    public Task LiveAsync() => Page.WaitForFunctionAsync("() => window.Blazor && document.querySelector('.mud-popover-provider')");

    /// <summary>Chooses a file once the form listens.</summary>
    public async Task ChooseAsync(string path)
    {
        await Assertions.Expect(Page.Locator(".drop[data-ready]")).ToBeVisibleAsync();
        await Page.Locator("#file").SetInputFilesAsync(path);
        await Assertions.Expect(Page.Locator(".drop-name")).ToHaveTextAsync(Path.GetFileName(path));
    }

    public async Task ScreenshotAsync(string name)
    {
        // The bar at the top sticks to where the page was scrolled to.
        await Page.EvaluateAsync("() => window.scrollTo(0, 0)");
        await Page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Artifacts("screenshots"), name + ".png"), FullPage = true });
    }

    /// <summary>The page as it stands, light and dark, narrow and wide, each accessible; ends light and wide again.</summary>
    public async Task ShowAsync(string name)
    {
        foreach (var (scheme, shade) in new[] { (ColorScheme.Dark, "dark"), (ColorScheme.Light, "light") })
        {
            // Without motion, so that no colour is on its way while axe looks at it.
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            foreach (var (width, size) in new[] { (390, "narrow"), (1280, "wide") })
            {
                await Page.SetViewportSizeAsync(width, 800);
                await ScreenshotAsync($"{name}-{shade}-{size}");
                Assert.True(await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"), $"{name} is wider than the window.");
            }
            await ExpectAccessibleAsync();
        }
    }

    /// <summary>axe finds nothing serious.</summary>
    public async Task ExpectAccessibleAsync()
    {
        var result = await Page.RunAxe();
        var found = result.Violations.Where(violation => violation.Impact is "serious" or "critical")
            .Select(violation => $"{violation.Id}: {violation.Help}: {string.Join(", ", violation.Nodes.Select(node => node.Html))}");
        Assert.Empty(found);
    }

    /// <summary>Nothing was fetched from elsewhere, nothing was refused by the content policy, no script failed.</summary>
    public void ExpectClean()
    {
        Assert.Empty(_foreign);
        Assert.Empty(_errors);
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
