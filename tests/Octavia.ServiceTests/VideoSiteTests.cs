using System.Net;
using System.Text;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

/// <summary>Videos of web pages, fetched by the real yt-dlp, which these tests need.</summary>
public class VideoSiteTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_video_of_a_page_is_imported_under_its_title()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var stored = await user.ImportAsync(new ImportRequest(site.Address("watch")));
        Assert.Equal(("A talk: part 1-2 (1).mp4", new FileInfo(await Media.VideoAsync()).Length), (stored.Filename, stored.SizeBytes));
    }

    [Fact]
    public async Task Picture_and_sound_that_come_apart_are_joined()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var stored = await user.ImportAsync(new ImportRequest(site.Address("watch-apart")));
        Assert.Equal("In two parts (1).mkv", stored.Filename);
        var (content, _) = (await system.Store.OpenAsync(stored.StoragePath, default))!.Value;
        await using var film = content;
        // What Matroska calls the two tracks.
        var text = await new StreamReader(film, Encoding.Latin1).ReadToEndAsync();
        Assert.Contains("V_MPEG4/ISO/AVC", text, StringComparison.Ordinal);
        Assert.Contains("A_AAC", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("page.html", HttpStatusCode.UnprocessableEntity, "import.no_video")]
    [InlineData("watch-huge", HttpStatusCode.RequestEntityTooLarge, "upload.too_large")]
    [InlineData("watch-endless", HttpStatusCode.RequestEntityTooLarge, "upload.too_large")]
    // The page is not in the house, but what it plays is: the program itself asks for that.
    [InlineData("watch-inward", HttpStatusCode.BadRequest, "import.address_refused")]
    [InlineData("watch-inward-tls", HttpStatusCode.BadRequest, "import.address_refused")]
    public async Task What_a_page_must_not_bring_is_refused_and_leaves_nothing(string path, HttpStatusCode status, string code)
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        await RefusesAsync(status, code, () => user.ImportAsync(new ImportRequest(site.Address(path))));
        Assert.Empty(await system.BlobsAsync($"uploads/{(await user.AccountAsync()).UserId}/"));
    }

    [Fact]
    public async Task The_program_ends_with_the_import_that_is_cancelled()
    {
        var user = await system.CreateUserAsync();
        await using var site = await Site.StartAsync();
        var begun = await user.BeginImportAsync(new ImportRequest(site.Address("watch-slow")));
        using var limit = new CancellationTokenSource(Patience);
        while (site.Waiting == 0) await Task.Delay(50, limit.Token);
        var running = Programs();
        Assert.NotEmpty(running);
        await user.CancelImportAsync(begun.Id);
        while (site.Waiting > 0 || Programs().Intersect(running).Any()) await Task.Delay(50, limit.Token);
    }

    /// <summary>Processes that work in a folder for pages.</summary>
    static List<string> Programs() =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(x => int.TryParse(Path.GetFileName(x), out _)).Where(x =>
        {
            try
            {
                return new FileInfo(Path.Combine(x, "cwd")).LinkTarget?.Contains("/octavia-page-", StringComparison.Ordinal) == true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }),
    ];
}
