using Octavia.Dubbing.Speakers;
using Xunit;

namespace Octavia.UnitTests.Speakers;

public class PitchHistogramTests
{
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(1001)]
    public void Its_median_is_that_of_the_sorted_pitches(int count)
    {
        var random = new Random(count);
        var pitches = Enumerable.Range(0, count).Select(_ => 60 + 345 * random.NextSingle()).ToList();
        var histogram = new PitchHistogram();
        foreach (var part in pitches.Chunk(7)) histogram.Add(part);
        if (PitchDetector.Median(pitches) is { } median) Assert.Equal(median, histogram.Median!.Value, 0.051);
        else Assert.Null(histogram.Median);
    }
}
