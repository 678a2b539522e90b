using Microsoft.EntityFrameworkCore;
using Octavia.Jobs;
using Octavia.Jobs.Queue;
using Octavia.ServiceDefaults;

// Brings the database to this version, once, before any service starts: the tables of ours, then those of the queue.
var builder = Host.CreateApplicationBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDbContext<OctaviaDbContext>(ResourceNames.Database);

using var host = builder.Build();
await host.StartAsync();

await using (var scope = host.Services.CreateAsyncScope())
{
    var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
    await db.Database.MigrateAsync();
    HangfireQueue.PrepareSchema(db.Database.GetConnectionString()!);
}

await host.StopAsync();
