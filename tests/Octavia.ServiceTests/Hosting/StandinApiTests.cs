using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Octavia.ServiceTests.Hosting;

/// <summary>
/// The rule of standins/README.md: what compiles against a stand-in compiles against Aspire. <c>aspire-api.txt</c> has the lines of
/// <see cref="ApiText"/> for what the stand-ins offer, each taken from the files <c>api/*.cs</c> of Aspire 13.5.2. A new member is
/// looked up there and gets its line; a member that Aspire lacks is internal.
/// </summary>
public class StandinApiTests
{
    [Theory]
    [InlineData(typeof(DistributedApplication))]
    [InlineData(typeof(DistributedApplicationTestingBuilder))]
    [InlineData(typeof(AspireRedisExtensions))]
    public void Has_no_member_that_Aspire_lacks(Type sample)
    {
        Assert.SkipUnless(sample.Assembly.GetCustomAttribute<AssemblyCompanyAttribute>()?.Company == "Octavia", "These are Aspire's own packages.");
        var known = File.ReadLines(Repository.File("tests/Octavia.ServiceTests/Hosting/aspire-api.txt")).ToHashSet();
        Assert.DoesNotContain(ApiText.Of(sample.Assembly), line => !known.Contains(line));
    }
}
