using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Octavia.UnitTests.Models;

/// <summary>The model hub's protocol over files in memory: a listing with sizes and hashes, and files with ranges.</summary>
sealed class ModelHub : IAsyncDisposable
{
    const string Revision = "0123456789abcdef0123456789abcdef01234567";

    readonly Dictionary<string, Dictionary<string, byte[]>> repositories = [];
    HttpStandIn server = null!;

    /// <summary>Called before a file is sent; true when it has answered.</summary>
    public Func<HttpContext, byte[], Task<bool>> Disturb { get; set; } = (_, _) => Task.FromResult(false);

    public Uri Address => server.Address;

    /// <summary>Requests for files.</summary>
    public IReadOnlyList<StandInRequest> FileRequests => [.. server.Requests.Where(request => request.Path.Contains("/resolve/"))];

    public IReadOnlyList<StandInRequest> Requests => server.Requests;

    public static async Task<ModelHub> StartAsync()
    {
        var hub = new ModelHub();
        hub.server = await HttpStandIn.StartAsync(hub.AnswerAsync);
        return hub;
    }

    public ModelHub Add(string repository, IReadOnlyDictionary<string, byte[]> files)
    {
        repositories[repository] = new Dictionary<string, byte[]>(files);
        return this;
    }

    /// <summary>The toy translator under the name of a real one.</summary>
    public ModelHub AddTranslator(string repository)
    {
        var folder = TestFiles.At("tests/fixtures/marian-tiny-test");
        return Add(repository, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllBytes));
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        if (path.StartsWith("/api/models/", StringComparison.Ordinal) && repositories.TryGetValue(path["/api/models/".Length..], out var listed))
        {
            await context.Response.WriteAsync(Listing(listed));
            return;
        }
        var parts = path.Split("/resolve/" + Revision + "/");
        if (parts.Length == 2 && repositories.TryGetValue(parts[0][1..], out var files) && files.TryGetValue(parts[1], out var content))
        {
            if (!await Disturb(context, content)) await Results.Bytes(content, enableRangeProcessing: true).ExecuteAsync(context);
            return;
        }
        // What the hub says of a repository that is not there.
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
    }

    // Large files carry their SHA-256, small ones the id that git gives them.
    static string Listing(Dictionary<string, byte[]> files) => JsonSerializer.Serialize(new
    {
        sha = Revision,
        siblings = files.Select(file => new
        {
            rfilename = file.Key,
            size = file.Value.Length,
            blobId = GitId(file.Value),
            lfs = file.Key.EndsWith(".json", StringComparison.Ordinal)
                ? null
                : new { sha256 = Convert.ToHexStringLower(SHA256.HashData(file.Value)), size = file.Value.Length },
        }),
    });

#pragma warning disable CA5350
    static string GitId(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
}
