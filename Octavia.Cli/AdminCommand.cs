using System.CommandLine;
using Octavia.Dubbing;
using Octavia.Jobs.Client;

namespace Octavia.Cli;

/// <summary><c>octavia admin</c>: users, credits, plans and roles of a running system, with the key of an admin.</summary>
static class AdminCommand
{
    static readonly Argument<string> Email = new("email") { Description = "E-mail address of the user." };
    static readonly Argument<string?> Part = new("email") { Description = "A part of the e-mail address.", Arity = ArgumentArity.ZeroOrOne };
    static readonly Argument<double> Minutes = new("minutes") { Description = "Minutes of media; negative takes back." };
    static readonly Argument<string> Plan = new("plan") { Description = "free or paid." };
    static readonly Argument<string> Role = new("role") { Description = "user or admin." };
    static readonly Argument<string> Code = new("code") { Description = "The admin code of the service's configuration." };
    static readonly Option<string?> Note = new("--note") { Description = "What the credits are for; the user reads it." };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        SystemClient.Api.Recursive = SystemClient.Key.Recursive = true;
        var command = new Command("admin", "Users, credits, plans and roles of the running system, with the key of an admin.") { SystemClient.Api, SystemClient.Key };
        Add("claim", "Makes the account of the key one of an admin, with the admin code.", [Code], [], async (client, arguments, ct) =>
            await client.ClaimAdminAsync(arguments.GetValue(Code)!, ct));
        Add("users", "Lists users.", [Part], [], async (client, arguments, ct) =>
        {
            for (var (page, seen) = (1, 0); ; page++)
            {
                var users = await client.UsersAsync(arguments.GetValue(Part), page, ct);
                foreach (var user in users.Items) Write(user);
                seen += users.Items.Count;
                if (users.Items.Count == 0 || seen >= users.Total) return;
            }
        });
        Add("grant", "Gives a user credits.", [Email, Minutes], [Note], async (client, arguments, ct) =>
        {
            var user = await FindAsync(client, arguments, ct);
            var seconds = (long)Math.Round(arguments.GetValue(Minutes) * 60);
            await client.GrantAsync(user.UserId, new(seconds, arguments.GetValue(Note)), ct: ct);
            Write(await FindAsync(client, arguments, ct));
        });
        Add("plan", "Sets a user's plan.", [Email, Plan], [], async (client, arguments, ct) =>
            Write(await client.ChangeUserAsync((await FindAsync(client, arguments, ct)).UserId, new(Plan: arguments.GetValue(Plan)), ct)));
        Add("role", "Sets a user's role.", [Email, Role], [], async (client, arguments, ct) =>
            Write(await client.ChangeUserAsync((await FindAsync(client, arguments, ct)).UserId, new(Role: arguments.GetValue(Role)), ct)));
        return command;

        void Add(string name, string description, Argument[] arguments, Option[] options, Func<OctaviaClient, ParseResult, CancellationToken, Task> run)
        {
            var part = new Command(name, description);
            foreach (var argument in arguments) part.Arguments.Add(argument);
            foreach (var option in options) part.Options.Add(option);
            part.SetAction((parsed, ct) => SystemClient.RunAsync(parsed, async client =>
            {
                if (client.AccessToken is null)
                    throw new DubbingException(new Failure("account.key_missing", FailureKind.Usage, "Name the key of an admin with --key or OCTAVIA_API_KEY; the account page makes one."));
                await run(client, parsed, ct);
                return 0;
            }));
            command.Subcommands.Add(part);
        }
    }

    static async Task<UserResponse> FindAsync(OctaviaClient client, ParseResult arguments, CancellationToken ct)
    {
        var email = arguments.GetValue(Email)!;
        for (var page = 1; ; page++)
        {
            // A part of it finds others as well.
            var found = await client.UsersAsync(email, page, ct);
            if (found.Items.FirstOrDefault(x => string.Equals(x.Email, email, StringComparison.OrdinalIgnoreCase)) is { } user) return user;
            if (found.Items.Count == 0) throw new DubbingException(new Failure("user.not_found", FailureKind.Usage, $"There is no user {email}."));
        }
    }

    static void Write(UserResponse user) =>
        Console.WriteLine($"{user.Email}  {user.Role}  {user.Plan}  {user.BalanceSeconds / 60.0:0.#} min");
}
