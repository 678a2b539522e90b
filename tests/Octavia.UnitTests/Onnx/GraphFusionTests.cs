using System.Runtime.Intrinsics.X86;
using Google.Protobuf;
using Octavia.Dubbing.Onnx.Fusion;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Onnx;

public sealed class GraphFusionTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("octavia-fusion").FullName;

    [Theory]
    [InlineData(1, 0.5f)]
    [InlineData(7, 3f)]
    [InlineData(64, 40f)]
    [InlineData(10_001, 400f)]
    public void Normalises_and_bends_a_row_as_the_formulas_say(int length, float a)
    {
        var random = new Random(length);
        var x = Enumerable.Range(0, length).Select(_ => (float)(5 + 3 * random.NextDouble())).ToArray();
        const double gain = 1.3, bias = -0.4, epsilon = 1e-5;
        var mean = x.Average(v => (double)v);
        var deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + epsilon);
        var expected = x.Select(v => (v - mean) / deviation * gain + bias).ToArray();

        var norm = new float[length];
        AdaptiveNorm.Normalize(x, norm, (float)gain, (float)bias, (float)epsilon);
        for (var i = 0; i < length; i++) Assert.Equal(expected[i], norm[i], 2e-5);

        var bent = new float[length];
        AdaptiveNorm.NormalizeAndSnake(x, bent, (float)gain, (float)bias, (float)epsilon, a, 0.7f);
        // What the normalisation is off by, the sine takes a times as wide.
        for (var i = 0; i < length; i++) Assert.Equal(expected[i] + 0.7 * Math.Pow(Math.Sin(a * expected[i]), 2), bent[i], 3e-5 * (1 + a));
    }

    [Fact]
    public void Kokoro_speaks_the_same_with_its_normalisations_fused()
    {
        var model = TestFiles.At("models/kokoro");
        using var plain = new KokoroModel(model);
        using var fused = new KokoroModel(model, folder);

        var nodes = Read(Path.Combine(Assert.Single(Directory.GetDirectories(folder)), "model.onnx")).Graph.Node;
        Assert.Equal(48, nodes.Count(node => node.OpType == FusedOperators.NormSnake));
        Assert.InRange(nodes.Count(node => node.OpType == FusedOperators.Norm), 15, 30);
        if (Avx2.IsSupported) Assert.InRange(nodes.Count(node => node is { OpType: "Conv", Domain: "com.microsoft.nchwc" }), 70, 100);

        var tokens = "həlˈO wˈɜɹld, hˌW ɑɹ ju?".Select(plain.Token).OfType<long>().ToArray();
        var (expected, got) = (plain.Run(tokens, "af_heart", 1, default), fused.Run(tokens, "af_heart", 1, default));
        Assert.Equal(expected.RawDurations.Length, got.RawDurations.Length);
        Assert.All(expected.RawDurations.Zip(got.RawDurations), pair => Assert.Equal(pair.First, pair.Second, 1e-2f));
        Assert.Equal(expected.Samples.Length, got.Samples.Length);
        var (same, one, other) = (0.0, 0.0, 0.0);
        for (var i = 0; i < got.Samples.Length; i++)
        {
            same += (double)expected.Samples[i] * got.Samples[i];
            one += (double)expected.Samples[i] * expected.Samples[i];
            other += (double)got.Samples[i] * got.Samples[i];
        }
        Assert.InRange(same / Math.Sqrt(one * other), 0.99, 1.0001);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("off", 0)]
    [InlineData("scaled", 0)]
    public void Fuses_only_what_nobody_else_looks_into(string alsoUsed, int fused)
    {
        var path = Path.Combine(folder, "model.onnx");
        var graph = new GraphProto
        {
            Initializer = { new TensorProto { Name = "axis", Dims = { 1 }, Int64Data = { 2 } }, new TensorProto { Name = "epsilon" } },
            Node =
            {
                Node("ReduceMean", "mean", "x", "axis"), Node("Sub", "off", "x", "mean"), Node("Mul", "square", "off", "off"), Node("ReduceMean", "variance", "square", "axis"),
                Node("Add", "sum", "variance", "epsilon"), Node("Sqrt", "root", "sum"), Node("Div", "quotient", "off", "root"), Node("Mul", "scaled", "gain", "quotient"), Node("Add", "y", "scaled", "bias"),
            },
            Output = { new ValueInfoProto { Name = "y" } },
        };
        if (alsoUsed.Length > 0) graph.Node.Add(Node("Relu", "z", alsoUsed));
        File.WriteAllBytes(path, new ModelProto { Graph = graph }.ToByteArray());
        var before = File.ReadAllBytes(path);

        Assert.Equal(fused, GraphFusion.Fuse(path));

        if (fused == 0) Assert.Equal(before, File.ReadAllBytes(path));
        else Assert.Equal(["x", "gain", "bias", "epsilon"], Assert.Single(Read(path).Graph.Node).Input);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static NodeProto Node(string type, string output, params string[] inputs) => new() { OpType = type, Name = output, Input = { inputs }, Output = { output } };

    static ModelProto Read(string path) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
}
