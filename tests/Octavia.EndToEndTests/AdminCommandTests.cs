using CliWrap;
using CliWrap.Buffered;
using Octavia.Jobs.Client;
using Octavia.ServiceDefaults;
using Xunit;

namespace Octavia.EndToEndTests;

[Collection(nameof(WorkingSystem))]
public class AdminCommandTests(WorkingSystem system)
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_first_admin_knows_the_code_of_the_configuration_and_makes_the_others()
    {
        using var limit = new CancellationTokenSource(Patience);
        var admin = await system.CreateUserAsync();
        var key = (await admin.CreateKeyAsync("command line", limit.Token)).Key!;
        var refused = await RunAsync(key, limit.Token, "users");
        Assert.Equal((2, "octavia: Your account may not do this.\n"), (refused.ExitCode, refused.StandardError));
        Assert.Equal((2, "user"), ((await RunAsync(key, limit.Token, "claim", "a guess of sixteen")).ExitCode, (await admin.AccountAsync(limit.Token)).Role));
        Assert.Equal(0, (await RunAsync(key, limit.Token, "claim", system.AdminCode)).ExitCode);
        Assert.Equal("admin", (await admin.AccountAsync(limit.Token)).Role);

        var user = await system.CreateUserAsync();
        var email = (await user.AccountAsync(limit.Token)).Email;
        Assert.Equal($"{email}  user  free  60 min\n", (await RunAsync(key, limit.Token, "users", email)).StandardOutput);
        Assert.Equal($"{email}  user  free  90 min\n", (await RunAsync(key, limit.Token, "grant", email, "30", "--note", "for the outage")).StandardOutput);
        Assert.Equal($"{email}  user  paid  90 min\n", (await RunAsync(key, limit.Token, "plan", email, "paid")).StandardOutput);
        Assert.Equal($"{email}  admin  paid  90 min\n", (await RunAsync(key, limit.Token, "role", email, "admin")).StandardOutput);
        var account = await user.AccountAsync(limit.Token);
        Assert.Equal(("admin", "paid", 5400), (account.Role, account.Plan, account.BalanceSeconds));
        Assert.Equal("for the outage", (await user.LedgerAsync(ct: limit.Token)).Items[0].Note);

        Assert.Equal(2, (await RunAsync(key, limit.Token, "plan", email, "golden")).ExitCode);
        Assert.Equal(2, (await RunAsync(key, limit.Token, "grant", "nobody@example.org", "30")).ExitCode);
        Assert.Equal(2, (await RunAsync("", limit.Token, "users")).ExitCode);
    }

    async Task<BufferedCommandResult> RunAsync(string key, CancellationToken ct, params string[] arguments)
    {
        using var api = system.Http();
        return await Cli.Wrap("dotnet")
            .WithArguments([DemoTests.Program, "admin", .. arguments, "--api", api.BaseAddress!.ToString()])
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["OCTAVIA_API_KEY"] = key })
            .WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(ct);
    }
}
