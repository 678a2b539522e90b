using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Octavia.BrowserTests;

/// <summary>Every page, light and dark, narrow and wide: usable by everybody, nothing cut off, nothing from elsewhere.</summary>
public sealed class AppearanceTests(BrowserSystem system)
{
    static readonly (string Name, string Path)[] Open = [("home", "/"), ("login", "/account/login"), ("register", "/account/register")];

    static readonly (string Name, string Path, string Ready)[] Own =
    [
        ("dashboard", "/dashboard", ".empty"),
        ("video", "/dashboard/video", "select:not([disabled])"),
        ("transcribe", "/dashboard/transcribe", "select:not([disabled])"),
        ("translate", "/dashboard/translate", "select:not([disabled])"),
        ("synthesize", "/dashboard/synthesize", "select:not([disabled])"),
        ("progress-unknown", "/dashboard/video/progress?job_id=5f0c7f0e-0d0b-4d57-9c8b-3c1c1d1f0a11", "[role=alert]"),
    ];

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Light, 390)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Every_page_is_accessible_and_fits(ColorScheme scheme, int width)
    {
        await using var visitor = await system.VisitAsync(scheme, width, ReducedMotion.Reduce);
        var suffix = $"-{(scheme == ColorScheme.Dark ? "dark" : "light")}-{(width < 600 ? "narrow" : "wide")}";
        foreach (var (name, path) in Open)
        {
            await visitor.Page.GotoAsync(path);
            await LooksRightAsync(visitor, name + suffix, scheme);
        }
        await visitor.RegisterAsync();
        foreach (var (name, path, ready) in Own)
        {
            await visitor.OpenLiveAsync(path);
            await Expect(visitor.Page.Locator(ready).First).ToBeVisibleAsync();
            await LooksRightAsync(visitor, name + suffix, scheme);
        }
        visitor.ExpectClean();
    }

    static async Task LooksRightAsync(Visitor visitor, string name, ColorScheme scheme)
    {
        await visitor.ScreenshotAsync(name);
        Assert.NotEmpty(await visitor.Page.TitleAsync());
        Assert.True(
            await visitor.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= window.innerWidth"), $"{name} is wider than the window.");
        var background = await visitor.Page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(16, 22, 21)" : "rgb(250, 248, 244)", background);
        await visitor.ExpectAccessibleAsync();
    }

    [Fact]
    public async Task The_switch_chooses_dark_and_keeps_it()
    {
        await using var visitor = await system.VisitAsync();
        await visitor.Page.GotoAsync("/");
        var root = visitor.Page.Locator("html");
        await Expect(root).ToHaveAttributeAsync("data-theme", "light");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Switch between light and dark" }).ClickAsync();
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
        await visitor.Page.GotoAsync("/account/login");
        await Expect(root).ToHaveAttributeAsync("data-theme", "dark");
    }

    [Fact]
    public async Task A_file_can_be_chosen_with_the_keyboard_alone()
    {
        await using var visitor = await system.VisitAsync();
        // Asked for now: a key pressed while the browser is still being told would open the desktop's own window.
        var chooser = new TaskCompletionSource<IFileChooser>(TaskCreationOptions.RunContinuationsAsynchronously);
        visitor.Page.FileChooser += (_, opened) => chooser.TrySetResult(opened);
        await visitor.RegisterAsync();
        await visitor.OpenLiveAsync("/dashboard/video");
        await Expect(visitor.Page.Locator(".drop[data-ready]")).ToBeVisibleAsync();
        var file = visitor.Page.Locator("#file");
        await file.FocusAsync();
        await Expect(file).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Space");
        Assert.Equal("file", await (await chooser.Task.WaitAsync(TimeSpan.FromSeconds(20))).Element.GetAttributeAsync("id"));
    }
}
