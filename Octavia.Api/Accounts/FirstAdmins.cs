using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Octavia.Jobs;
using Octavia.Jobs.Accounts;

namespace Octavia.Api.Accounts;

/// <summary>
/// Makes admins of the accounts that <see cref="AccountOptions.Admins"/> names, once, at the start. Not of accounts that are made later: addresses are
/// not verified, so whoever registered one of these first would be an admin.
/// </summary>
sealed partial class FirstAdmins(IServiceScopeFactory scopes, IOptions<AccountOptions> options, ILogger<FirstAdmins> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var names = options.Value.Admins.Select(x => x.Trim().ToUpperInvariant()).ToList();
        if (names.Count == 0) return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OctaviaDbContext>();
        var made = await db.Users.Where(x => names.Contains(x.NormalizedEmail!) && x.Role != UserRole.Admin)
            .ExecuteUpdateAsync(set => set.SetProperty(x => x.Role, UserRole.Admin), cancellationToken);
        if (made > 0) LogMade(made);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "Made {Count} accounts of the configuration admins")]
    partial void LogMade(int count);
}
