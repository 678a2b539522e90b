using Octavia.Dubbing.Fitting;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class SpeakingRatesTests
{
    [Theory]
    [InlineData("en", 15)]
    [InlineData("es", 16)]
    [InlineData("zh", 6)]
    [InlineData("sv", SpeakingRates.Usual)]
    public void Before_anybody_has_spoken_the_language_tells(string language, double rate) =>
        Assert.Equal(rate, new SpeakingRates(language).Of("S1"), 3);

    [Fact]
    public void A_voice_that_has_spoken_for_a_minute_is_known()
    {
        var rates = new SpeakingRates("es");
        var before = rates.Of("S1");
        for (var i = 0; i < 20; i++)
        {
            rates.Hear("S1", "slow", 39, 3);
            Assert.InRange(rates.Of("S1"), 13, before);
            before = rates.Of("S1");
        }
        Assert.Equal(13, before, 0.1);
    }

    [Fact]
    public void Each_voice_has_its_own_rate_and_a_new_one_is_like_the_others()
    {
        var rates = new SpeakingRates("es");
        rates.Hear("S1", "slow", 12 * 60, 60);
        rates.Hear("S2", "fast", 20 * 60, 60);
        Assert.Equal(12, rates.Of("S1"), 0.6);
        Assert.Equal(20, rates.Of("S2"), 0.6);
        Assert.Equal(16, rates.Of("S3"), 0.3);
        Assert.InRange(rates.BudgetOf("S1", 3), 35, 40);
        Assert.InRange(rates.BudgetOf("S2", 3), 58, 64);
    }

    [Fact]
    public void A_budget_is_never_nothing() => Assert.Equal(1, new SpeakingRates("zh").BudgetOf("S1", 0.05));
}
