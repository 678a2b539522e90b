using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Octavia.Jobs.Client;
using Octavia.Jobs.Files;
using Octavia.Jobs.Housekeeping;
using Octavia.Tests.Running;
using Xunit;
using static Octavia.ServiceTests.Assertions;
using static Octavia.ServiceTests.TusRequests;

namespace Octavia.ServiceTests;

/// <summary>Uploads in pieces, by the protocol's own words: tus 1.0.0.</summary>
public class TusTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_says_what_it_speaks()
    {
        using var http = system.Http(await system.CreateUserAsync());
        using var response = await http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "api/v1/upload/tus"));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal(("1.0.0", null), (Header(response, "Tus-Version"), Header(response, "Tus-Resumable")));
        Assert.Equal("creation,creation-with-upload,expiration,termination", Header(response, "Tus-Extension"));
        Assert.Equal(500L << 20, long.Parse(Header(response, "Tus-Max-Size")!, CultureInfo.InvariantCulture));
        using var nobody = system.Http();
        await AssertAsync(HttpStatusCode.Unauthorized, "auth.required", () => nobody.SendAsync(Creation(10)));
    }

    [Fact]
    public async Task A_file_comes_in_pieces_and_is_a_file_with_the_last_one()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var video = await File.ReadAllBytesAsync(await Media.VideoAsync());
        var (created, address) = await CreateAsync(http, video.Length, ("filename", "../holiday.mp4"), ("file_type", "video"), ("empty", ""));
        using (created)
        {
            Assert.StartsWith("/api/v1/upload/tus/", address, StringComparison.Ordinal);
            Assert.InRange(DateTimeOffset.Parse(Header(created, "Upload-Expires")!, CultureInfo.InvariantCulture), DateTimeOffset.UtcNow.AddHours(23), DateTimeOffset.UtcNow.AddHours(25));
        }
        using (var first = await PatchAsync(http, address, 0, video[..1000]))
        {
            Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
            Assert.Equal(("1000", null), (Header(first, "Upload-Offset"), Header(first, OctaviaClient.FileId)));
        }
        using (var state = await HeadAsync(http, address))
        {
            Assert.Equal(HttpStatusCode.OK, state.StatusCode);
            Assert.Equal(("1000", $"{video.Length}"), (Header(state, "Upload-Offset"), Header(state, "Upload-Length")));
            Assert.Equal(Metadata(("filename", "../holiday.mp4"), ("file_type", "video"), ("empty", "")), Header(state, "Upload-Metadata"));
            Assert.True(state.Headers.CacheControl!.NoStore);
        }
        using var last = await PatchAsync(http, address, 1000, video[1000..]);
        Assert.Equal($"{video.Length}", Header(last, "Upload-Offset"));
        var file = await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().SingleAsync(x => x.UserId == userId));
        Assert.Equal($"{file.Id}", Header(last, OctaviaClient.FileId));
        Assert.Equal(("holiday.mp4", (long)video.Length), (file.Filename, file.SizeBytes));
        Assert.InRange(file.MediaSeconds, 2.9, 3.1);
        Assert.Equal([file.StoragePath], await system.BlobsAsync($"uploads/{userId}/"));
        Assert.Equal(video, await ReadAsync(file.StoragePath));
        // Whoever lost that answer asks again.
        using (var again = await HeadAsync(http, address)) Assert.Equal($"{file.Id}", Header(again, OctaviaClient.FileId));
        using (var again = await PatchAsync(http, address, video.Length, [])) Assert.Equal($"{file.Id}", Header(again, OctaviaClient.FileId));
    }

    [Fact]
    public async Task The_first_piece_may_come_with_the_creation()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var text = "It was the best of times."u8.ToArray();
        using var response = await SendAsync(http, Creation(text.Length, ("filename", "two cities.txt"), ("file_type", "text")), text);
        Assert.Equal((HttpStatusCode.Created, $"{text.Length}"), (response.StatusCode, Header(response, "Upload-Offset")));
        var file = await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().SingleAsync(x => x.UserId == userId));
        Assert.Equal(("two cities.txt", FileType.Text, $"{file.Id}"), (file.Filename, file.FileType, Header(response, OctaviaClient.FileId)));
    }

    [Fact]
    public async Task What_is_not_the_protocol_is_refused_in_words_and_changes_nothing()
    {
        var (http, _) = await UserAsync();
        using var __ = http;
        var (created, address) = await CreateAsync(http, 10);
        created.Dispose();
        using (var first = await PatchAsync(http, address, 0, [1, 2, 3])) Assert.Equal("3", Header(first, "Upload-Offset"));

        await AssertAsync(HttpStatusCode.Conflict, "upload.offset", () => PatchAsync(http, address, 4, [5]));
        await AssertAsync(HttpStatusCode.Conflict, "upload.offset", () => PatchAsync(http, address, 0, [5]));
        await AssertAsync(HttpStatusCode.BadRequest, "upload.past_end", () => PatchAsync(http, address, 3, new byte[8]));
        await AssertAsync(HttpStatusCode.BadRequest, "upload.offset_missing", () => SendAsync(http, new(HttpMethod.Patch, address), [5]));
        await AssertAsync(HttpStatusCode.UnsupportedMediaType, "upload.not_a_piece", () => http.SendAsync(Speaking(new(HttpMethod.Patch, address)
        {
            Headers = { { "Upload-Offset", "3" } },
            Content = new ByteArrayContent([5]) { Headers = { ContentType = new("application/octet-stream") } },
        })));
        foreach (var version in new[] { null, "0.2.2" })
        {
            var unspoken = new HttpRequestMessage(HttpMethod.Patch, address) { Headers = { { "Upload-Offset", "3" } }, Content = new ByteArrayContent([5]) };
            unspoken.Content.Headers.ContentType = new("application/offset+octet-stream");
            if (version is not null) unspoken.Headers.Add("Tus-Resumable", version);
            using var response = await http.SendAsync(unspoken);
            Assert.Equal((HttpStatusCode.PreconditionFailed, "1.0.0"), (response.StatusCode, Header(response, "Tus-Version")));
            await AssertProblemAsync(response, "upload.tus_version");
        }
        await AssertAsync(HttpStatusCode.BadRequest, "upload.length_missing", () => http.SendAsync(Speaking(new(HttpMethod.Post, "api/v1/upload/tus"))));
        await AssertAsync(HttpStatusCode.BadRequest, "upload.length_missing", () => http.SendAsync(Creation(-1)));
        await AssertAsync(HttpStatusCode.BadRequest, "input.empty", () => http.SendAsync(Creation(0)));
        await AssertAsync(HttpStatusCode.BadRequest, "upload.file_type_unknown", () => http.SendAsync(Creation(10, ("file_type", "picture"))));
        await AssertAsync(HttpStatusCode.BadRequest, "upload.metadata_invalid", () => http.SendAsync(Speaking(new(HttpMethod.Post, "api/v1/upload/tus")
        {
            Headers = { { "Upload-Length", "10" }, { "Upload-Metadata", "filename not*base64" } },
        })));

        using var state = await HeadAsync(http, address);
        Assert.Equal("3", Header(state, "Upload-Offset"));
    }

    [Fact]
    public async Task Metadata_that_no_header_could_give_back_are_refused()
    {
        var user = await system.CreateUserAsync();
        using var http = system.Http(user);
        using var free = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = http.BaseAddress };
        free.DefaultRequestHeaders.Authorization = http.DefaultRequestHeaders.Authorization;
        var creation = Creation(10);
        creation.Headers.TryAddWithoutValidation("Upload-Metadata", "f\u00fcr bW9t");
        await AssertAsync(HttpStatusCode.BadRequest, "upload.metadata_invalid", () => free.SendAsync(creation));
    }

    [Fact]
    public async Task Too_much_is_refused_before_it_is_sent()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        await AssertAsync(HttpStatusCode.RequestEntityTooLarge, "upload.too_large", () => http.SendAsync(Creation((500L << 20) + 1)));
        await AssertAsync(HttpStatusCode.RequestEntityTooLarge, "upload.too_large", () => http.SendAsync(Creation((5L << 20) + 1, ("file_type", "text"))));
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Fact]
    public async Task What_is_no_film_is_refused_like_any_upload_and_leaves_nothing()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var (created, address) = await CreateAsync(http, 2000, ("filename", "holiday.mp4"));
        created.Dispose();
        await AssertAsync(HttpStatusCode.UnsupportedMediaType, "input.not_media", () => PatchAsync(http, address, 0, [.. Enumerable.Repeat((byte)'a', 2000)]));
        using var state = await HeadAsync(http, address);
        Assert.Equal(HttpStatusCode.NotFound, state.StatusCode);
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Fact]
    public async Task What_came_before_the_connection_broke_is_kept()
    {
        var user = await system.CreateUserAsync();
        using var http = system.Http(user);
        var video = await File.ReadAllBytesAsync(await Media.VideoAsync());
        var (created, address) = await CreateAsync(http, video.Length, ("filename", "holiday.mp4"));
        created.Dispose();
        var half = video.Length / 2;
        using (var tcp = new TcpClient())
        {
            await tcp.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port);
            var head = $"PATCH {address} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.AccessToken}\r\nTus-Resumable: 1.0.0\r\n"
                + $"Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: {video.Length}\r\n\r\n";
            await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head));
            await tcp.GetStream().WriteAsync(video.AsMemory(0, half));
            using var limit = new CancellationTokenSource(Patience);
            while (await OffsetAsync(http, address) != half) await Task.Delay(50, limit.Token);
        }
        Assert.Equal(half, await OffsetAsync(http, address));
        // The API may not have heard yet that the other is gone.
        using var rest = await PatchWhenFreeAsync(http, address, half, video[half..]);
        Assert.NotNull(Header(rest, OctaviaClient.FileId));
    }

    [Fact]
    public async Task Of_two_that_send_the_same_piece_at_once_one_wins()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var length = 64 << 10;
        for (var round = 0; round < 5; round++)
        {
            var (created, address) = await CreateAsync(http, 3 * length);
            created.Dispose();
            using var halves = new SemaphoreSlim(0);
            using var go = new SemaphoreSlim(0);
            var answers = new[] { (byte)'a', (byte)'b' }.Select(x => SendAsync(http, Piece(address, 0), new HeldContent(Enumerable.Repeat(x, length).ToArray(), halves, go))).ToArray();
            for (var sent = 0; sent < 2; sent++) Assert.True(await halves.WaitAsync(Patience));
            go.Release(2);
            var statuses = (await Task.WhenAll(answers)).Select(x => x.StatusCode).Order().ToList();
            // The other was refused at the gate, or after the first was through.
            Assert.Equal((HttpStatusCode.NoContent, true), (statuses[0], statuses[1] is HttpStatusCode.Conflict or HttpStatusCode.Locked));
            using var state = await HeadAsync(http, address);
            Assert.Equal($"{length}", Header(state, "Upload-Offset"));
            Assert.Single((await ReadAsync(MediaStore.PartPath(userId, Guid.Parse(address.Split('/')[^1])))).Distinct());
        }
    }

    [Fact]
    public async Task Two_that_finish_it_at_once_get_one_file()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var video = await File.ReadAllBytesAsync(await Media.VideoAsync());
        var (created, address) = await CreateAsync(http, video.Length, ("filename", "holiday.mp4"));
        created.Dispose();
        // As when the process died after the last byte.
        Assert.True(await system.Store.AppendAsync(MediaStore.PartPath(userId, Guid.Parse(address.Split('/')[^1])), 0, new MemoryStream(video), default));
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => PatchWhenFreeAsync(http, address, video.Length, [])));
        var file = Assert.Single(answers.Select(x => Header(x, OctaviaClient.FileId)).Distinct());
        var stored = await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().SingleAsync(x => x.UserId == userId));
        Assert.Equal(file, $"{stored.Id}");
        Assert.Equal([stored.StoragePath], await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Fact]
    public async Task One_that_is_deleted_is_gone()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var (created, address) = await CreateAsync(http, 10);
        created.Dispose();
        (await PatchAsync(http, address, 0, [1, 2, 3])).Dispose();
        // By the way around for networks that let GET and POST through only.
        var delete = Speaking(new(HttpMethod.Post, address) { Headers = { { "X-HTTP-Method-Override", "DELETE" } } });
        using (var deleted = await http.SendAsync(delete)) Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await AssertAsync(HttpStatusCode.NotFound, "upload.not_found", () => PatchAsync(http, address, 3, [4]));
        await AssertAsync(HttpStatusCode.NotFound, "upload.not_found", () => http.SendAsync(Speaking(new(HttpMethod.Delete, address))));
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
    }

    [Fact]
    public async Task One_whose_time_is_over_is_deleted_and_a_living_one_is_not()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var (first, over) = await CreateAsync(http, 10);
        var (second, living) = await CreateAsync(http, 10);
        foreach (var created in new[] { first, second }) created.Dispose();
        (await PatchAsync(http, over, 0, [1, 2, 3])).Dispose();
        (await PatchAsync(http, living, 0, [1, 2, 3])).Dispose();
        var id = Guid.Parse(over.Split('/')[^1]);
        await system.WithDatabaseAsync(db => db.ResumableUploads.IgnoreQueryFilters().Where(x => x.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.ExpiresAt, DateTimeOffset.UtcNow.AddSeconds(-1))));
        await AssertAsync(HttpStatusCode.Gone, "upload.expired", () => PatchAsync(http, over, 3, [4]));

        await using var scope = system.Scopes.CreateAsyncScope();
        var keeper = scope.ServiceProvider.GetRequiredService<Housekeeper>();
        await keeper.KeepAsync(default);
        await keeper.SweepAsync($"uploads/{userId}/", DateTimeOffset.UtcNow.AddMinutes(1), default);

        await AssertAsync(HttpStatusCode.NotFound, "upload.not_found", () => PatchAsync(http, over, 3, [4]));
        Assert.Equal([MediaStore.PartPath(userId, Guid.Parse(living.Split('/')[^1]))], await system.BlobsAsync($"uploads/{userId}/"));
        using var more = await PatchAsync(http, living, 3, [4]);
        Assert.Equal("4", Header(more, "Upload-Offset"));
    }

    [Fact]
    public async Task A_user_has_so_many_that_are_half_sent_and_they_go_with_the_account()
    {
        var user = await system.CreateUserAsync();
        using var http = system.Http(user);
        var userId = (await user.AccountAsync()).UserId;
        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => http.SendAsync(Creation(10))));
        Assert.Equal(20, answers.Count(x => x.StatusCode == HttpStatusCode.Created));
        await AssertAsync(HttpStatusCode.Conflict, "upload.too_many_open", () => http.SendAsync(Creation(10)));
        using (await http.SendAsync(Speaking(new(HttpMethod.Delete, answers.First(x => x.IsSuccessStatusCode).Headers.Location)))) { }
        using (var room = await http.SendAsync(Creation(10))) Assert.Equal(HttpStatusCode.Created, room.StatusCode);

        Assert.Equal(20, (await system.BlobsAsync($"uploads/{userId}/")).Count);
        await user.DeleteAccountAsync("correct horse battery");
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
        Assert.False(await system.WithDatabaseAsync(db => db.ResumableUploads.IgnoreQueryFilters().AnyAsync(x => x.UserId == userId)));
    }

    [Fact]
    public async Task A_long_file_is_not_held_in_memory()
    {
        var (http, userId) = await UserAsync();
        using var _ = http;
        var length = 300L << 20;
        var (created, address) = await CreateAsync(http, length, ("filename", "long.mp4"));
        created.Dispose();
        var before = await system.PeakMemoryOfApiAsync();
        var content = new StreamContent(new ZeroStream(length)) { Headers = { ContentLength = length } };
        await AssertAsync(HttpStatusCode.UnsupportedMediaType, "input.not_media", () => SendAsync(http, Piece(address, 0), content));
        Assert.InRange(await system.PeakMemoryOfApiAsync() - before, 0, 150L << 20);
        Assert.Empty(await system.BlobsAsync($"uploads/{userId}/"));
    }

    async Task<(HttpClient Http, Guid UserId)> UserAsync()
    {
        var user = await system.CreateUserAsync();
        return (system.Http(user), (await user.AccountAsync()).UserId);
    }

    async Task<byte[]> ReadAsync(string path)
    {
        var (content, _) = (await system.Store.OpenAsync(path, default))!.Value;
        using var bytes = new MemoryStream();
        await using (content) await content.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
