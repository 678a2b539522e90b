using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;
using Octavia.UnitTests.Media;
using Octavia.UnitTests.Translation;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>What a service says that it read and wrote is what a run is said to have cost.</summary>
public class CountedTokensTests(DubberFixture fixture, TestMedia media) : IClassFixture<DubberFixture>
{
    [Fact]
    public async Task The_report_has_the_tokens_that_were_counted_and_their_price()
    {
        await using var server = await HttpStandIn.StartAsync(async context =>
        {
            var message = JsonNode.Parse(ChatProtocol.Anthropic.MessageOf((await JsonNode.ParseAsync(context.Request.Body))!))!;
            var lines = new JsonArray([.. message["lines"]!.AsArray().Select(line => new JsonObject { ["n"] = (int)line!["n"]!, ["text"] = "Hola." })]);
            context.Response.ContentType = "application/json";
            // It counts 10 tokens read and 10 written, whatever was sent.
            await context.Response.WriteAsync(ChatProtocol.Anthropic.Answer(new JsonObject { ["lines"] = lines }.ToJsonString()));
        });
        var options = new EngineOptions { Models = new ModelStoreOptions { Offline = true, Cache = media.At($"cache-{Guid.NewGuid():N}") } };
        ChatProtocol.Anthropic.Configure(options, server.Address);
        options.Prices["translation/anthropic/test-model"] = "1000/3000";
        await using var dubber = new Dubber(options);
        var result = await dubber.RunAsync(fixture.Request(media.Clip) with { Translation = "anthropic" }, null, default);

        var asked = server.Requests.Count;
        Assert.True(asked > 0);
        Assert.Equal(new TokenUse(10 * asked, 10 * asked), result.Only().Tokens);
        Assert.Equal(asked * 0.04, result.Report.Quote!.Usd!.Value, 0.0001);
        Assert.Equal((2, true), (result.Report.Quote.Lines, result.Report.Quote.Quoted.Usd > 0));
    }
}
