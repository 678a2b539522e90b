using Octavia.Jobs.Webhooks;
using Xunit;

namespace Octavia.ServiceTests;

/// <summary>Alone: what these take is not sent, whoever's it is.</summary>
[CollectionDefinition(nameof(WebhookTakingTests), DisableParallelization = true)]
[Collection(nameof(WebhookTakingTests))]
public class WebhookTakingTests(ServiceSystem system)
{
    [Fact]
    public async Task Many_senders_take_each_message_once_and_of_nobody_too_many()
    {
        // Beside that of the API, which may be the first now and then.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var takers = 0; takers < 2;)
        {
            for (var users = 0; users < 3; users++)
            {
                var client = await system.CreateUserAsync();
                for (var i = 0; i < 6; i++) await client.CreateWebhookAsync("http://127.0.0.1:9/", ct: limit.Token);
                await client.CancelAsync((await client.CreateTextJobAsync()).Id, limit.Token);
            }
            var taken = await Task.WhenAll(
                Enumerable.Range(0, 8).Select(_ => system.WithDatabaseAsync(db => db.TakeDueAsync(3, 3, TimeSpan.FromMinutes(1), limit.Token))));
            var all = taken.SelectMany(x => x).ToList();
            Assert.Equal(all.Count, all.Select(x => x.Id).Distinct().Count());
            Assert.All(taken, x => Assert.InRange(x.Count, 0, 3));
            Assert.All(all.GroupBy(x => x.UserId), x => Assert.InRange(x.Count(), 1, WebhookOutbox.AtOnceOfAUser));
            takers = taken.Count(x => x.Count > 0);
        }
    }
}
