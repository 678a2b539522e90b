using System.Collections.Concurrent;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;
using Octavia.Tests.Running;

namespace Octavia.ChaosTests;

/// <summary>Hundreds of broken and hostile files: each is answered, and what is taken becomes a job that ends in order.</summary>
sealed class HostileUploads(ChaosSystem system, int seed)
{
    const int Flipped = 240;
    const int Cut = 12;
    const int Jobs = 8;

    public async Task<Outcome> RunAsync(CancellationToken ct)
    {
        using var ear = new Ear();
        var secret = await Media.VideoAsync();
        IReadOnlyList<HostileFile> files =
        [
            .. await HostileMedia.CutAsync(Cut), .. await HostileMedia.FlippedAsync(seed, Flipped), .. await HostileMedia.DisguisedAsync(),
            .. HostileMedia.Lists(secret, ear.Address), .. await HostileMedia.ExtremeAsync(),
        ];
        var user = await system.CreateUserAsync();
        var (refused, wrong, taken) = (new ConcurrentDictionary<string, int>(), new ConcurrentBag<string>(), new ConcurrentBag<(string Name, Guid File)>());
        await Parallel.ForEachAsync(files, new ParallelOptions { MaxDegreeOfParallelism = 3, CancellationToken = ct }, async (file, token) =>
        {
            try
            {
                await using var content = File.OpenRead(file.Path);
                taken.Add((file.Name, (await user.UploadAsync(content, Path.GetFileName(file.Path), ct: token)).FileId));
            }
            catch (OctaviaApiException e)
            {
                refused.AddOrUpdate(e.Code, 1, (_, count) => count + 1);
                if ((int)e.Status >= 500) wrong.Add($"{file.Name} was answered with {(int)e.Status}.");
            }
            catch (HttpRequestException e)
            {
                wrong.Add($"{file.Name} was not answered: {e.Message}");
            }
        });
        if (ear.Calls > 0) wrong.Add($"{ear.Calls} calls came to an address that files name.");
        if (refused.Keys.FirstOrDefault(x => !x.StartsWith("input.", StringComparison.Ordinal)) is { } code) wrong.Add($"A file was refused as {code}.");
        return await RunAsync(user, files.Count, refused, wrong, [.. taken.Where(x => x.Name.Contains("flipped", StringComparison.Ordinal)).OrderBy(x => x.Name).Take(Jobs)], ct);
    }

    /// <summary>The workers get what was taken, as far as there is time.</summary>
    async Task<Outcome> RunAsync(
        OctaviaClient user, int files, ConcurrentDictionary<string, int> refused, ConcurrentBag<string> wrong, IReadOnlyList<(string Name, Guid File)> taken, CancellationToken ct)
    {
        var before = await system.App.PidsAsync(ResourceNames.Worker, ct);
        var jobs = new List<JobWatch>();
        // As many at once as a plan lets wait.
        foreach (var some in taken.Chunk(5))
        {
            foreach (var (_, file) in some)
            {
                var job = await user.CreateAsync(JobType.Transcribe, new() { FileId = file, SourceLanguage = "en" }, ct: ct);
                jobs.Add(await JobWatch.StartAsync(system, user, job, ct));
            }
            foreach (var job in jobs) await job.EndAsync(ct);
        }
        var words = string.Join(", ", refused.OrderByDescending(x => x.Value).Select(x => $"{x.Value} {x.Key}"));
        var outcome = await new Judge(system).JudgeAsync("media", $"{files} hostile files: {words}, the rest taken", jobs, Ended, false, ct);
        foreach (var job in jobs) await job.DisposeAsync();
        if (!before.Order().SequenceEqual((await system.App.PidsAsync(ResourceNames.Worker, ct)).Order())) wrong.Add("A worker died of a file.");
        return outcome with { Wrong = [.. outcome.Wrong, .. wrong] };
    }

    // By a fault of the file; one of ours would be an engine's.
    static bool Ended(Job row) => row.Status == JobStatus.Completed || (row.Status == JobStatus.Failed && row.ErrorCode != "engine.failure");
}
