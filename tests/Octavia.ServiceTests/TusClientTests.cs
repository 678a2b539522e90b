using CliWrap;
using CliWrap.Buffered;
using Microsoft.EntityFrameworkCore;
using Octavia.ServiceTests.Hosting;
using Octavia.Tests.Running;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>Uploads in pieces by a client that others wrote: tus-js-client, of the tools that <c>./octavia test</c> installs.</summary>
public class TusClientTests(ServiceSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // The first upload stops after a piece; the second one goes on at its address.
    const string Script = """
        const [endpoint, token, file] = process.argv.slice(1);
        const fs = require('fs');
        const tus = require('tus-js-client');
        const options = {
          endpoint, chunkSize: 50_000, headers: { Authorization: `Bearer ${token}` }, metadata: { filename: 'holiday.mp4', file_type: 'video' },
          uploadSize: fs.statSync(file).size, retryDelays: null, onError: error => { console.error(error); process.exit(1); },
        };
        const first = new tus.Upload(fs.createReadStream(file), {
          ...options, uploadDataDuringCreation: true,
          onChunkComplete: async (size, accepted) => {
            await first.abort();
            const starts = [];
            const second = new tus.Upload(fs.createReadStream(file), {
              ...options, uploadUrl: first.url,
              onProgress: sent => starts.push(sent),
              onSuccess: ({ lastResponse }) => console.log(accepted, starts[0] >= accepted, lastResponse.getHeader('Octavia-File-Id')),
            });
            second.start();
          },
        });
        first.start();
        """;

    [Fact]
    public async Task A_common_client_sends_a_film_and_goes_on_with_it()
    {
        var tools = Environment.GetEnvironmentVariable("OCTAVIA_TOOLS") is { Length: > 0 } configured ? configured : Repository.File(".tools");
        var modules = Path.Combine(tools, "node_modules");
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "tus-js-client")), $"There is no tus-js-client in {modules}.");
        var user = await system.CreateUserAsync();
        var userId = (await user.AccountAsync()).UserId;
        using var http = system.Http(user);
        using var limit = new CancellationTokenSource(Patience);
        var run = await Cli.Wrap("node")
            .WithArguments(["-e", Script, "--", new Uri(http.BaseAddress!, "api/v1/upload/tus").ToString(), user.AccessToken!, await Media.VideoAsync()])
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["NODE_PATH"] = modules })
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(limit.Token);
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        var file = await system.WithDatabaseAsync(db => db.Files.IgnoreQueryFilters().SingleAsync(x => x.UserId == userId));
        Assert.Equal($"50000 true {file.Id}", run.StandardOutput.Trim());
        Assert.Equal(("holiday.mp4", new FileInfo(await Media.VideoAsync()).Length), (file.Filename, file.SizeBytes));
    }
}
