using System.Text;
using Octavia.Jobs.Client;
using Xunit;

namespace Octavia.UnitTests.Jobs;

public class GlossaryCsvTests
{
    [Theory]
    [InlineData("voice,voz\nOctavia,\nGit,=\nDub")]
    [InlineData("voice;voz\r\nOctavia;\r\nGit;=\r\nDub\r\n")]
    [InlineData("source\ttarget\nvoice\tvoz\nOctavia\t\nGit\t=\nDub\n")]
    [InlineData("\uFEFFSource,Target\n\n  voice , voz \nOctavia,\n\"Git\",\"=\"\nDub\n,\n")]
    public void Reads_what_spreadsheets_write(string text)
    {
        GlossaryTerm[] expected = [new("voice", "voz"), new("Octavia", null), new("Git", null), new("Dub", null)];
        Assert.Equal(expected, GlossaryCsv.Parse(text));
        Assert.Equal(expected, GlossaryCsv.Parse(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Reads_quotation_marks_and_the_marks_between_columns_inside_them() =>
        Assert.Equal(
            [new("hello, you", "hola; tú"), new("the \"box\"", "la «caja»")],
            GlossaryCsv.Parse("\"hello, you\",hola; tú\n\"the \"\"box\"\"\",la «caja»\n"));

    [Fact]
    public void The_same_twice_is_one_term() => Assert.Single(GlossaryCsv.Parse("a,b\na,b"));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("source,target\n", "empty")]
    [InlineData("a,b\nc,d,e\n", "Line 2 of the glossary has 3 columns")]
    [InlineData("a,b\n\n,d\n", "Line 3 of the glossary has no term")]
    [InlineData("a,b\n...,d\n", "Line 2 of the glossary has no term")]
    [InlineData("a,b\na,c\n", "Line 2 of the glossary translates \"a\" again")]
    [InlineData("a,b\n\"c,d\n", "Line 2 of the glossary has a quotation mark that is not closed")]
    [InlineData("a,b\nc,\u0007d\n", "Line 2 of the glossary has characters in it that are not text")]
    [InlineData("a,b\n\"c\nd\",e\n", "Line 2 of the glossary has characters in it that are not text")]
    public void Says_which_line_is_wrong(string text, string reason) =>
        Assert.StartsWith(reason, Assert.Throws<GlossaryException>(() => GlossaryCsv.Parse(text)).Message.Replace("The glossary is ", "", StringComparison.Ordinal), StringComparison.Ordinal);

    [Fact]
    public void Has_bounds()
    {
        Assert.Contains("line 501", Refusal(string.Concat(Enumerable.Range(0, 501).Select(i => $"term {i},x\n"))), StringComparison.Ordinal);
        Assert.Contains("Line 1 of the glossary is too long", Refusal(new string('a', 101) + ",b"), StringComparison.Ordinal);
        Assert.Contains("200 kB at most", Refusal(new string('a', 200_001)), StringComparison.Ordinal);
        Assert.Contains("UTF-8", Assert.Throws<GlossaryException>(() => GlossaryCsv.Parse([0x61, 0x2C, 0xE9])).Message, StringComparison.Ordinal);
        Assert.Equal(500, GlossaryCsv.Parse(string.Concat(Enumerable.Range(0, 500).Select(i => $"term {i},x\n"))).Count);
    }

    static string Refusal(string text) => Assert.Throws<GlossaryException>(() => GlossaryCsv.Parse(text)).Message;
}
