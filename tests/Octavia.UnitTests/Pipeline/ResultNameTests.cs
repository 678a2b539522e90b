using System.Text;
using Octavia.Dubbing.Pipeline;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

public class ResultNameTests
{
    [Theory]
    [InlineData("клип", 100)]
    [InlineData("映画", 100)]
    [InlineData("😀", 100)]
    public void A_long_name_is_cut_between_letters(string part, int times)
    {
        var name = ResultName.Of(string.Concat(Enumerable.Repeat(part, times)));
        Assert.InRange(Encoding.UTF8.GetByteCount(name), 140, 150);
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
    }

    [Theory]
    [InlineData("../../etc", "etc")]
    [InlineData("..", "result")]
    [InlineData("a\0b/c\\d\n", "abcd")]
    [InlineData("My film", "My film")]
    public void A_name_leads_nowhere_else(string name, string safe) => Assert.Equal(safe, ResultName.Of(name));
}
