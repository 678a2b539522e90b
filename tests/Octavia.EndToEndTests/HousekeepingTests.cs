using Aspire.Hosting.Testing;
using Hangfire;
using Microsoft.EntityFrameworkCore;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;
using Xunit;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class HousekeepingTests(WorkingSystem system)
{
    [Fact]
    public async Task A_worker_keeps_the_house()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var user = await system.CreateUserAsync();
        var job = await user.CreateAsync(JobType.Translate, new() { Text = "The house is white.", SourceLanguage = "en", TargetLanguage = "es" }, ct: limit.Token);
        await system.WithDatabaseAsync(db => db.Jobs.IgnoreQueryFilters().Where(x => x.Id == job.Id).ExecuteUpdateAsync(set => set.SetProperty(x => x.CreatedAt, DateTimeOffset.UtcNow.AddYears(-1))));

        // Not at the full hour but now.
        var jobs = new RecurringJobManager(HangfireQueue.Storage((await system.App.GetConnectionStringAsync(ResourceNames.Database, limit.Token))!));
        jobs.Trigger("housekeeping");

        while (await Record.ExceptionAsync(() => user.GetAsync(job.Id)) is null) await Task.Delay(200, limit.Token);
        Assert.Equal("job.not_found", (await Assert.ThrowsAsync<OctaviaApiException>(() => user.GetAsync(job.Id))).Code);
    }
}
