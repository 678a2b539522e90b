using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Cloud;
using Xunit;

namespace Octavia.UnitTests.Cloud;

public class CloudHttpTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_may_pass_is_tried_again(int status)
    {
        var calls = 0;
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            if (++calls < 3) context.Response.StatusCode = status;
            return context.Response.WriteAsync("yes");
        });
        using var http = CloudHttp.Create(Quick());
        Assert.Equal("yes", await http.GetStringAsync(server.Address, Cancel));
        Assert.Equal(3, calls);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task What_will_not_pass_is_told_at_once(int status)
    {
        await using var server = await AlwaysAsync(status);
        using var http = CloudHttp.Create(Quick());
        var failure = CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel)))!;
        Assert.Equal((status, 1), ((int)failure.Status!, server.Requests.Count));
        Assert.Equal((status == 400, status == 401, status == 404), (failure.IsRefusal, failure.IsUnauthorized, failure.IsUnknown));
    }

    [Fact]
    public async Task A_service_that_does_not_answer_is_given_up()
    {
        await using var server = await HttpStandIn.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        var options = Quick();
        options.Timeout = TimeSpan.FromMilliseconds(200);
        using var http = CloudHttp.Create(options);
        var failure = CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel)))!;
        Assert.Equal("did not answer in time", failure.Reason);
    }

    [Fact]
    public async Task An_answer_that_stops_half_way_is_given_up_too()
    {
        await using var server = await HttpStandIn.StartAsync(async context =>
        {
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var options = Quick();
        options.Timeout = TimeSpan.FromMilliseconds(200);
        using var http = CloudHttp.Create(options);
        var answer = http.GetAsync(server.Address, HttpCompletionOption.ResponseHeadersRead, Cancel);
        var failure = CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => answer.WaitAsync(TimeSpan.FromSeconds(20), Cancel)))!;
        Assert.Equal("did not answer in time", failure.Reason);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_service_that_fails_now_and_then_is_not_left_alone(int status)
    {
        var calls = 0;
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            if (++calls % 2 == 0) context.Response.StatusCode = status;
            return context.Response.WriteAsync("yes");
        });
        using var http = CloudHttp.Create(Quick());
        for (var i = 0; i < 20; i++) Assert.Equal("yes", await http.GetStringAsync(server.Address, Cancel));
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off_and_not_asked_for_again()
    {
        await using var server = await HttpStandIn.StartAsync(async context =>
        {
            var block = new byte[1 << 20];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        using var http = CloudHttp.Create(Quick());
        var failure = CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel)))!;
        Assert.Equal(("answered with more than can be right", 1), (failure.Reason, server.Requests.Count));
    }

    [Theory]
    [InlineData("Timeout", 0)]
    [InlineData("Timeout", -90)]
    [InlineData("FirstPause", 0)]
    [InlineData("FirstPause", 3600)]
    [InlineData("Rest", 0)]
    public void A_duration_that_cannot_be_is_refused_before_anything_is_asked(string name, int seconds)
    {
        var options = new EngineOptions();
        typeof(CloudOptions).GetProperty(name)!.SetValue(options.Cloud, TimeSpan.FromSeconds(seconds));
        var failure = Assert.Throws<DubbingException>(() => new Dubber(options)).Failure;
        Assert.Equal(("configuration.duration", FailureKind.Usage), (failure.Code, failure.Kind));
        Assert.Contains($"Octavia__Cloud__{name}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_does_not_follow_a_redirect()
    {
        await using var other = await HttpStandIn.StartAsync(context => context.Response.WriteAsync("yes"));
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            context.Response.Redirect(other.Address.ToString(), permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        });
        using var http = CloudHttp.Create(Quick());
        Assert.Equal(307, (int)CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel)))!.Status!);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_service_that_fails_again_and_again_is_left_alone_and_then_asked_again()
    {
        var broken = true;
        await using var server = await HttpStandIn.StartAsync(context =>
        {
            if (broken) context.Response.StatusCode = 500;
            return context.Response.WriteAsync("yes");
        });
        var options = Quick();
        options.Rest = TimeSpan.FromSeconds(2);
        using var http = CloudHttp.Create(options);
        CloudFailure last;
        do last = CloudFailure.Of(await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel)))!;
        while (last.Status is not null && server.Requests.Count < 100);
        Assert.Contains("left alone", last.Reason);
        var asked = server.Requests.Count;
        await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(server.Address, Cancel));
        Assert.Equal(asked, server.Requests.Count);

        broken = false;
        await Task.Delay(options.Rest + TimeSpan.FromMilliseconds(300), Cancel);
        Assert.Equal("yes", await http.GetStringAsync(server.Address, Cancel));
    }

    static CloudOptions Quick() => new() { FirstPause = TimeSpan.FromMilliseconds(10) };

    static Task<HttpStandIn> AlwaysAsync(int status) => HttpStandIn.StartAsync(context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });
}
