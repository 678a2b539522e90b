using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Octavia.Dubbing;
using Octavia.Jobs.Client;

namespace Octavia.Cli;

/// <summary>The way from a command to a running system: its address, the key, and its failures as exit codes.</summary>
static class SystemClient
{
    /// <summary><c>--api</c>.</summary>
    public static readonly Option<Uri> Api = new("--api") { Description = "Address of the API.", DefaultValueFactory = result => Local(result, "api", 8081), CustomParser = ParseAddress };

    /// <summary><c>--key</c>.</summary>
    public static readonly Option<string?> Key = new("--key") { Description = "API key of an account; else OCTAVIA_API_KEY." };

    /// <summary>Runs a command with a client that has the key, when there is one.</summary>
    public static async Task<int> RunAsync(ParseResult arguments, Func<OctaviaClient, Task<int>> command)
    {
        var address = arguments.GetValue(Api)!;
        // An upload takes as long as it takes; Ctrl+C ends it.
        using var http = new HttpClient { BaseAddress = new Uri(address, "/"), Timeout = Timeout.InfiniteTimeSpan };
        var key = arguments.GetValue(Key) ?? Environment.GetEnvironmentVariable("OCTAVIA_API_KEY");
        try
        {
            return await command(new OctaviaClient(http) { AccessToken = string.IsNullOrEmpty(key) ? null : key });
        }
        catch (OctaviaApiException e)
        {
            throw new DubbingException(new Failure(e.Code, KindOf(e.Code, e.Status), e.Message), e);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or IOException { InnerException: SocketException })
        {
            throw new DubbingException(
                new Failure("server.unreachable", FailureKind.MissingTool, $"No Octavia answers at {address}: start it with ./octavia up, or name another with --api."), e);
        }
    }

    /// <summary>The kind of failure that an answer of the API tells.</summary>
    public static FailureKind KindOf(string code, HttpStatusCode status) => (code.Split('.')[0], status) switch
    {
        ("cancelled", _) => FailureKind.Cancelled,
        ("input" or "upload", _) => FailureKind.UnusableInput,
        ("model" or "tool", _) => FailureKind.MissingTool,
        (_, >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError) => FailureKind.Usage,
        _ => FailureKind.Engine,
    };

    /// <summary>An address of a service; the library has no conversion to one.</summary>
    public static Uri? ParseAddress(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https")) return address;
        argument.AddError($"'{text}' is no address: it looks like http://localhost:8081.");
        return null;
    }

    /// <summary>The address of a service of this machine.</summary>
    public static Uri Local(ArgumentResult argument, string resource, int port)
    {
        var name = $"Ports__{resource}";
        var text = Environment.GetEnvironmentVariable(name) is { Length: > 0 } own ? own : $"{port}";
        if (ushort.TryParse(text, CultureInfo.InvariantCulture, out var number) && number > 0) return new Uri($"http://localhost:{number}");
        argument.AddError($"{name} is '{text}': set it to a number from 1 to 65535.");
        return null!;
    }
}
