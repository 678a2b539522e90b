using System.Net;
using System.Net.Sockets;
using Azure;
using Npgsql;
using Octavia.Dubbing;
using Octavia.Worker;
using Xunit;

namespace Octavia.UnitTests.Worker;

public class OutageTests
{
    public static TheoryData<Exception, bool> Failures => new()
    {
        // The store: no answer, too slow, too much, broken; then answers that would be the same again.
        { new RequestFailedException(0, "refused"), true },
        { new RequestFailedException(408, "slow"), true },
        { new RequestFailedException(429, "busy"), true },
        { new RequestFailedException(500, "broken"), true },
        { new RequestFailedException(503, "starting"), true },
        { new RequestFailedException(403, "forbidden"), false },
        { new RequestFailedException(404, "missing"), false },
        { new RequestFailedException(409, "conflict"), false },
        { new AggregateException(new RequestFailedException(503, "starting"), new TaskCanceledException()), true },
        { new AggregateException(new RequestFailedException(404, "missing")), false },
        { new AggregateException(), false },

        // The database: gone, shut down by its administrator, starting, out of connections; then what the query is to blame for.
        { new NpgsqlException("gone", new IOException()), true },
        { new NpgsqlException("gone", new SocketException()), true },
        { new NpgsqlException("slow", new TimeoutException()), true },
        { Database("57P01"), true },
        { Database("57P03"), true },
        { Database("53300"), true },
        { Database("23505"), false },
        { Database("42P01"), false },
        { new NpgsqlException("wrong"), false },

        { new SocketException((int)SocketError.ConnectionRefused), true },
        { new HttpIOException(HttpRequestError.ResponseEnded), true },
        { new HttpRequestException("refused", new SocketException()), true },
        { new InvalidOperationException("retries", new InvalidOperationException("more", Database("57P01"))), true },

        { new InvalidOperationException("a bug"), false },
        { new InvalidOperationException("a bug", new ArgumentException("of ours")), false },
        // The disk, not the network.
        { new IOException("no space"), false },
        { new TaskCanceledException(), false },
        { new HttpRequestException("not found", null, HttpStatusCode.NotFound), false },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void What_passes_is_told_from_what_would_break_again(Exception failure, bool isOutage) => Assert.Equal(isOutage, Outage.IsOne(failure));

    [Theory]
    [InlineData("decoder.killed", FailureKind.Engine, true)]
    [InlineData("disk.full", FailureKind.Engine, true)]
    [InlineData("decoder.failed", FailureKind.Engine, false)]
    [InlineData("engine.failure", FailureKind.Engine, false)]
    [InlineData("input.damaged", FailureKind.UnusableInput, false)]
    [InlineData("model.missing", FailureKind.MissingTool, false)]
    public void Only_what_the_machine_lacked_may_do_better(string code, FailureKind kind, bool mayPass) =>
        Assert.Equal(mayPass, Outage.MayPass(new Failure(code, kind, "It did not work.")));

    [Fact]
    public async Task A_full_disk_is_told_from_one_that_fails()
    {
        // A file that the kernel has no room for.
        var full = await Assert.ThrowsAsync<IOException>(() => File.WriteAllTextAsync("/dev/full", "some text"));
        Assert.True(Outage.IsFull(full));
        Assert.True(Outage.IsFull(new InvalidOperationException("the script was not saved", full)));
        Assert.False(Outage.IsFull(new IOException("a bad sector")));
        Assert.False(Outage.IsOne(full));
    }

    static PostgresException Database(string state) => new("refused", "ERROR", "ERROR", state);
}
