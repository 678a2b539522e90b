using System.Buffers.Binary;
using Google.Protobuf;

namespace Octavia.Dubbing.Onnx.Fusion;

/// <summary>
/// Writes adaptive instance normalisation, which exporters spell out as nine operators, and Snake behind it, five more, as one (<see cref="FusedOperators"/>): each of
/// them walks through the whole sound, and together they took a third of a vocoder's time.
/// </summary>
static class GraphFusion
{
    /// <summary>Counts with each change of what is fused, or how: what was kept before is made anew.</summary>
    public const int Version = 2;

    /// <summary>Fuses what it finds in a model file, and writes its convolutions as <see cref="FlatConvolutions"/>; weights beside it are not touched.</summary>
    /// <returns>How many normalisations were fused.</returns>
    public static int Fuse(string path)
    {
        ModelProto model;
        using (var file = File.OpenRead(path)) model = ModelProto.Parser.ParseFrom(file);
        // What is inside of them may use what would change.
        if (model.Graph.Node.Any(node => node.OpType is "If" or "Loop" or "Scan")) return 0;
        var found = FusedOperators.IsAvailable ? new Finder(model.Graph).FuseAll() : 0;
        if (found > 0) model.OpsetImport.Add(new OperatorSetProto { Domain = FusedOperators.Domain, Version = 1 });
        if (FlatConvolutions.Flatten(model.Graph) + found == 0) return 0;
        using (var file = File.Create(path)) model.WriteTo(file);
        return found;
    }

    sealed class Finder
    {
        readonly GraphProto graph;
        readonly Dictionary<string, TensorProto> constants;
        readonly HashSet<string> results;
        readonly ILookup<string, NodeProto> users;

        public Finder(GraphProto graph)
        {
            this.graph = graph;
            constants = graph.Initializer.ToDictionary(tensor => tensor.Name);
            results = [.. graph.Output.Select(output => output.Name)];
            users = graph.Node.SelectMany(node => node.Input.Distinct().Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);
        }

        public int FuseAll()
        {
            var replacements = new Dictionary<NodeProto, NodeProto>();
            var gone = new HashSet<NodeProto>();
            foreach (var node in graph.Node.Where(node => node.OpType == "ReduceMean"))
            {
                if (Match(node) is not { } norm || Uses(norm) is not { } uses) continue;
                gone.UnionWith(norm.Nodes);
                foreach (var use in uses)
                {
                    gone.UnionWith(use.Nodes);
                    replacements[use.Nodes[^1]] = use.Fused;
                }
            }
            var nodes = graph.Node.Where(node => replacements.ContainsKey(node) || !gone.Contains(node)).Select(node => replacements.GetValueOrDefault(node, node)).ToList();
            graph.Node.Clear();
            graph.Node.AddRange(nodes);
            return replacements.Count;
        }

        (List<NodeProto> Nodes, string X, string Epsilon)? Match(NodeProto mean)
        {
            // x - mean, its square, the mean of that, + epsilon, √, the quotient.
            if (!IsOverLast(mean) || Only(mean, "Sub") is not { } off || off.Input[0] != mean.Input[0] || off.Input[1] != mean.Output[0]) return null;
            if (UsersOf(off) is not { Count: 2 } two || two.Find(IsSquare) is not { } square || two.Find(node => node.OpType == "Div") is not { } quotient) return null;
            if (Only(square, "ReduceMean") is not { } variance || !IsOverLast(variance) || Only(variance, "Add") is not { } sum || Other(sum, variance) is not { } epsilon) return null;
            if (!constants.TryGetValue(epsilon, out var small) || small.Dims.Any(size => size != 1)) return null;
            if (Only(sum, "Sqrt") is not { } root || Only(root, "Div") != quotient || quotient.Input[0] != off.Output[0] || quotient.Input[1] != root.Output[0]) return null;
            return ([mean, off, square, variance, sum, root, quotient], mean.Input[0], epsilon);
        }

        /// <summary>What is made of a normalised sound: · gain, + bias, once or several times; null where something else is.</summary>
        List<(List<NodeProto> Nodes, NodeProto Fused)>? Uses((List<NodeProto> Nodes, string X, string Epsilon) norm)
        {
            var quotient = norm.Nodes[^1];
            var uses = new List<(List<NodeProto> Nodes, NodeProto Fused)>();
            foreach (var scaled in UsersOf(quotient))
            {
                if (scaled.OpType != "Mul" || Other(scaled, quotient) is not { } gain || Only(scaled, "Add") is not { } shifted || Other(shifted, scaled) is not { } bias) return null;
                List<string> inputs = [norm.X, gain, bias, norm.Epsilon];
                uses.Add(MatchSnake(shifted) is { } snake
                    ? ([scaled, shifted, .. snake.Nodes], Fused(FusedOperators.NormSnake, [.. inputs, snake.A, snake.Weight], snake.Nodes[^1]))
                    : ([scaled, shifted], Fused(FusedOperators.Norm, inputs, shifted)));
            }
            return uses.Count > 0 ? uses : null;
        }

        (List<NodeProto> Nodes, string A, string Weight)? MatchSnake(NodeProto value)
        {
            // v + weight · sin(a v)².
            if (UsersOf(value) is not { Count: 2 } two || two.Find(node => node.OpType == "Mul") is not { } scaled || two.Find(node => node.OpType == "Add") is not { } sum) return null;
            if (Other(scaled, value) is not { } a || !IsOfChannels(a) || Only(scaled, "Sin") is not { } sine || Only(sine, "Mul") is not { } square || !IsSquare(square)) return null;
            if (Only(square, "Mul") is not { } weighted || Other(weighted, square) is not { } weight || !IsOfChannels(weight) || Only(weighted, "Add") != sum) return null;
            return ([scaled, sine, square, weighted, sum], a, weight);
        }

        static NodeProto Fused(string type, List<string> inputs, NodeProto last) =>
            new() { OpType = type, Domain = FusedOperators.Domain, Name = last.Name + "/Fused", Input = { inputs }, Output = { last.Output[0] } };

        // Of three dimensions; the operators refuse others.
        bool IsOverLast(NodeProto mean)
        {
            if (mean.Attribute.Any(attribute => attribute.Name == "keepdims" && attribute.I != 1) || mean.Input.Count != 2 || !constants.TryGetValue(mean.Input[1], out var axes)) return false;
            var axis = axes.Int64Data is [var one] ? one : axes.RawData.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(axes.RawData.Span) : 0;
            return axis is 2 or -1;
        }

        bool IsOfChannels(string name) => constants.TryGetValue(name, out var tensor) && tensor.Dims is [1, _, 1];

        static bool IsSquare(NodeProto node) => node.OpType == "Mul" && node.Input[0] == node.Input[1];

        /// <summary>The one user of what a node gives, where it is of this type and there is no other.</summary>
        NodeProto? Only(NodeProto node, string type) => UsersOf(node) is [var one] && one.OpType == type ? one : null;

        List<NodeProto> UsersOf(NodeProto node) => results.Contains(node.Output[0]) ? [] : [.. users[node.Output[0]]];

        /// <summary>Of two inputs, the one that is not of this node.</summary>
        static string? Other(NodeProto node, NodeProto known) =>
            node.Input is not [var first, var second] || first == second ? null : first == known.Output[0] ? second : second == known.Output[0] ? first : null;
    }
}
