using Octavia.Dubbing.Onnx;
using Octavia.Dubbing.Speakers;
using Xunit;

namespace Octavia.UnitTests.Onnx;

public sealed class LargeGraphTests : IDisposable
{
    static readonly string Model = TestFiles.At("models/speaker-encoder");
    readonly string _cache = Directory.CreateTempSubdirectory("octavia-graphs").FullName;

    [Fact]
    public void What_is_kept_gives_the_same_and_is_made_once()
    {
        var plain = Print(null);
        var first = Print(_cache);
        var kept = Assert.Single(Directory.GetDirectories(_cache));
        var made = File.GetLastWriteTimeUtc(Path.Combine(kept, "model.onnx"));
        var second = Print(_cache);
        Assert.Equal(made, File.GetLastWriteTimeUtc(Path.Combine(Assert.Single(Directory.GetDirectories(_cache)), "model.onnx")));
        for (var i = 0; i < plain.Length; i++)
        {
            Assert.Equal(plain[i], first[i], 1e-4f);
            Assert.Equal(plain[i], second[i], 1e-4f);
        }
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("model.data")]
    public void What_was_cut_off_is_made_anew(string file)
    {
        Print(_cache);
        var path = Path.Combine(Assert.Single(Directory.GetDirectories(_cache)), file);
        var whole = new FileInfo(path).Length;
        using (var cut = new FileStream(path, FileMode.Open)) cut.SetLength(whole / 3);
        Assert.NotEmpty(Print(_cache));
        Assert.Equal(whole, new FileInfo(path).Length);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_costs_only_time()
    {
        var file = Path.Combine(_cache, "file");
        File.WriteAllText(file, "not a folder");
        Assert.NotEmpty(Print(file));
    }

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    static float[] Print(string? cache)
    {
        using var encoder = new SpeakerEncoder(Model, cache);
        return encoder.Embed(Enumerable.Range(0, 32_000).Select(i => MathF.Sin(i * 0.05f) * MathF.Sin(i * 0.0007f)).ToArray())!;
    }
}
