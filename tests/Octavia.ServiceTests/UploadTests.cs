using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;

namespace Octavia.ServiceTests;

public class UploadTests(ServiceSystem system)
{
    [Fact]
    public async Task A_video_is_stored_under_its_owner()
    {
        var (client, userId) = await UserAsync();
        var video = await Media.VideoAsync();
        await using var content = File.OpenRead(video);
        var stored = await client.UploadAsync(content, "../../holiday \u0007.mp4");
        Assert.Equal($"uploads/{userId}/video/{stored.FileId}.mp4", stored.StoragePath);
        Assert.Equal(("holiday .mp4", new FileInfo(video).Length), (stored.Filename, stored.SizeBytes));
        Assert.Equal([stored.StoragePath], await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Fact]
    public async Task Sound_and_texts_are_taken_as_what_they_are()
    {
        var (client, userId) = await UserAsync();
        await using (var sound = File.OpenRead(await Media.SpeechAsync()))
            Assert.EndsWith(".mp3", (await client.UploadAsync(sound, "a.mp3", "audio")).StoragePath, StringComparison.Ordinal);
        await using (var sound = File.OpenRead(await Media.SpeechAsync()))
            Assert.Contains("/video/", (await client.UploadAsync(sound, "a.mp3")).StoragePath, StringComparison.Ordinal);
        var srt = "1\n00:00:00,000 --> 00:00:01,000\nHello\n"u8.ToArray();
        Assert.EndsWith(".srt", (await client.UploadAsync(new MemoryStream(srt), "x.txt", "subtitles")).StoragePath, StringComparison.Ordinal);
        Assert.EndsWith(".txt", (await client.UploadAsync(new MemoryStream("Hello"u8.ToArray()), "x", "text")).StoragePath, StringComparison.Ordinal);
        var arrow = "First press A --> B.\nThen wait."u8.ToArray();
        Assert.EndsWith(".txt", (await client.UploadAsync(new MemoryStream(arrow), "x", "text")).StoragePath, StringComparison.Ordinal);
        Assert.Equal(5, (await system.BlobsAsync($"uploads/{userId}/")).Count);
    }

    [Fact]
    public async Task Media_that_declares_no_length_is_measured()
    {
        var (client, userId) = await UserAsync();
        await using var content = File.OpenRead(await Media.LiveAsync(40));
        await client.UploadAsync(content, "live.mkv");
        var stored = await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().SingleAsync(x => x.UserId == userId));
        Assert.InRange(stored.MediaSeconds, 39, 41);
    }

    public static TheoryData<string, string, HttpStatusCode, string> Bad => new()
    {
        { "empty", "video", HttpStatusCode.BadRequest, "input.empty" },
        { "text", "video", HttpStatusCode.UnsupportedMediaType, "input.not_media" },
        { "playlist", "video", HttpStatusCode.UnsupportedMediaType, "input.not_media" },
        { "no index", "video", HttpStatusCode.UnprocessableEntity, "input.damaged" },
        { "cut off", "video", HttpStatusCode.UnprocessableEntity, "input.damaged" },
        { "too long", "video", HttpStatusCode.UnprocessableEntity, "input.too_long" },
        { "arrow", "subtitles", HttpStatusCode.UnsupportedMediaType, "input.not_subtitles" },
        { "mute", "video", HttpStatusCode.UnprocessableEntity, "input.no_audio" },
        { "video", "picture", HttpStatusCode.BadRequest, "upload.file_type_unknown" },
        { "video", "subtitles", HttpStatusCode.UnsupportedMediaType, "input.not_text" },
        { "text", "subtitles", HttpStatusCode.UnsupportedMediaType, "input.not_subtitles" },
        { "blank", "text", HttpStatusCode.BadRequest, "input.empty" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_used_is_refused_and_leaves_nothing(string kind, string fileType, HttpStatusCode status, string code)
    {
        var (client, userId) = await UserAsync();
        var content = await ContentAsync(kind);
        await RefusesAsync(status, code, () => client.UploadAsync(new MemoryStream(content), "holiday.mp4", fileType));
        await AssertNothingLeftAsync(userId);
    }

    [Fact]
    public async Task Too_much_is_refused_in_words_while_it_streams()
    {
        var (client, userId) = await UserAsync();
        var before = await system.PeakMemoryOfApiAsync();
        await RefusesAsync(HttpStatusCode.RequestEntityTooLarge, "upload.too_large", () => client.UploadAsync(new ZeroStream(501L << 20), "long.mp4"));
        await AssertNothingLeftAsync(userId);
        Assert.InRange(await system.PeakMemoryOfApiAsync() - before, 0, 200L << 20);
    }

    [Theory]
    [InlineData("application/json", "{}", HttpStatusCode.UnsupportedMediaType, "upload.not_multipart")]
    [InlineData("multipart/form-data; boundary=x", "--x--\r\n", HttpStatusCode.BadRequest, "upload.no_file")]
    [InlineData("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"", HttpStatusCode.BadRequest, "upload.broken")]
    [InlineData(
        "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\r\nabc",
        HttpStatusCode.BadRequest, "upload.broken")]
    public async Task A_body_without_a_whole_file_is_refused(string contentType, string body, HttpStatusCode status, string code)
    {
        var (client, _) = await UserAsync();
        using var http = system.Http(client);
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using var response = await http.PostAsync("api/v1/upload?file_type=video", content);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains($"\"{code}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_is_imported_like_an_upload()
    {
        var (client, userId) = await UserAsync();
        await using var site = await Site.StartAsync();
        var stored = await client.ImportAsync(new ImportRequest(site.Address("film.mp4")));
        Assert.Equal("film.mp4", stored.Filename);
        Assert.Equal([stored.StoragePath], await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Theory]
    [InlineData("missing.mp4", HttpStatusCode.UnprocessableEntity, "import.unreachable")]
    [InlineData("inward", HttpStatusCode.BadRequest, "import.address_refused")]
    [InlineData("endless", HttpStatusCode.RequestEntityTooLarge, "upload.too_large")]
    public async Task An_address_that_does_not_serve_media_is_refused(string path, HttpStatusCode status, string code)
    {
        var (client, userId) = await UserAsync();
        await using var site = await Site.StartAsync();
        await RefusesAsync(status, code, () => client.ImportAsync(new ImportRequest(site.Address(path))));
        await AssertNothingLeftAsync(userId);
    }

    [Fact]
    public async Task An_address_where_nobody_listens_is_refused()
    {
        var (client, _) = await UserAsync();
        await RefusesAsync(HttpStatusCode.UnprocessableEntity, "import.unreachable", () => client.ImportAsync(new ImportRequest("http://127.0.0.1:9/a.mp4")));
    }

    [Theory]
    [InlineData("ftp://example.org/a.mp4", "import.address_invalid")]
    [InlineData("file:///etc/passwd", "import.address_invalid")]
    [InlineData("http://user:secret@example.org/a.mp4", "import.address_invalid")]
    [InlineData("http://169.254.169.254/latest/meta-data", "import.address_refused")]
    [InlineData("http://10.0.0.1/a.mp4", "import.address_refused")]
    [InlineData("http://[::1]/a.mp4", "import.address_refused")]
    public async Task Addresses_inside_the_house_are_refused(string address, string code)
    {
        var (client, _) = await UserAsync();
        await RefusesAsync(HttpStatusCode.BadRequest, code, () => client.ImportAsync(new ImportRequest(address)));
    }

    async Task<(OctaviaClient Client, Guid UserId)> UserAsync()
    {
        var client = system.CreateClient();
        var token = await client.RegisterAsync($"{Guid.NewGuid():N}@example.org", "a long enough one");
        client.AccessToken = token.AccessToken;
        return (client, token.UserId);
    }

    async Task AssertNothingLeftAsync(Guid userId)
    {
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
        Assert.False(await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().AnyAsync(x => x.UserId == userId)));
    }

    [Theory]
    [InlineData("Hello\0", null, "input.not_text")]
    [InlineData("Hello", "amy\0", "job.voice_unknown")]
    public async Task Characters_that_cannot_be_stored_are_refused(string text, string? voice, string code)
    {
        var (client, _) = await UserAsync();
        var request = new CreateJobRequest { Text = text, TargetLanguage = "en", Voice = voice };
        await RefusesAsync(HttpStatusCode.BadRequest, code, () => client.CreateAsync(JobType.Synthesize, request));
    }

    static async Task<byte[]> ContentAsync(string kind) => kind switch
    {
        "empty" => [],
        "arrow" => "First press A --> B."u8.ToArray(),
        "too long" => await File.ReadAllBytesAsync(await Media.LiveAsync((6 * 3600) + 60)),
        "blank" => " \n"u8.ToArray(),
        "text" => Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Repeat("This is a text, not a film.", 200))),
        "playlist" => "#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"u8.ToArray(),
        "mute" => await File.ReadAllBytesAsync(await Media.MuteVideoAsync()),
        "video" => await File.ReadAllBytesAsync(await Media.VideoAsync()),
        // The index of this one is at the end, and goes first.
        "no index" => (await File.ReadAllBytesAsync(await Media.MuteVideoAsync()))[..2000],
        "cut off" => (await File.ReadAllBytesAsync(await Media.VideoAsync())) is var whole ? whole[..(whole.Length / 2)] : [],
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
