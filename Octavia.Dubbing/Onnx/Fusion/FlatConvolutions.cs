namespace Octavia.Dubbing.Onnx.Fusion;

/// <summary>
/// Writes convolutions over time as convolutions over pictures one line high: ONNX Runtime lays out only those in blocks of channels that fit the registers of the
/// processor (<c>NchwcTransformer</c>), which makes them a quarter faster.
/// </summary>
static class FlatConvolutions
{
    // The largest block of channels; others stay as they are.
    const int Block = 16;
    const int Int64 = 7;
    const string Axis = "octavia/height";

    /// <summary>Writes all that gain by it.</summary>
    /// <returns>How many they are.</returns>
    public static int Flatten(GraphProto graph)
    {
        var users = graph.Node.SelectMany(node => node.Input).GroupBy(input => input).ToDictionary(group => group.Key, group => group.Count());
        var weights = graph.Initializer.Where(tensor => tensor.Dims is [var filters, var channels, _] && filters % Block == 0 && channels % Block == 0 && users.GetValueOrDefault(tensor.Name) == 1)
            .ToDictionary(tensor => tensor.Name);
        List<NodeProto> nodes = [];
        var found = 0;
        foreach (var node in graph.Node)
        {
            if (node.OpType != "Conv" || node.Domain.Length > 0 || !weights.TryGetValue(node.Input[1], out var weight) || !IsPlain(node))
            {
                nodes.Add(node);
                continue;
            }
            found++;
            weight.Dims.Insert(2, 1);
            foreach (var attribute in node.Attribute) Raise(attribute);
            var (x, y) = (node.Input[0], node.Output[0]);
            nodes.Add(new NodeProto { OpType = "Unsqueeze", Name = $"{node.Name}/Raise", Input = { x, Axis }, Output = { $"{y}/raised" } });
            node.Input[0] = $"{y}/raised";
            node.Output[0] = $"{y}/high";
            nodes.Add(node);
            nodes.Add(new NodeProto { OpType = "Squeeze", Name = $"{node.Name}/Flatten", Input = { $"{y}/high", Axis }, Output = { y } });
        }
        if (found == 0) return 0;
        graph.Initializer.Add(new TensorProto { Name = Axis, DataType = Int64, Dims = { 1 }, Int64Data = { 2 } });
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        return found;
    }

    // Neither in groups, nor with padding that is left to the runtime to reckon.
    static bool IsPlain(NodeProto node) => node.Attribute.All(attribute => attribute.Name switch
    {
        "group" => attribute.I == 1,
        "pads" => attribute.Ints.Count == 2,
        "kernel_shape" or "strides" or "dilations" => attribute.Ints.Count == 1,
        "auto_pad" => attribute.S.ToStringUtf8() == "NOTSET",
        _ => false,
    });

    static void Raise(AttributeProto attribute)
    {
        // Begins of height and width, then their ends.
        if (attribute is { Name: "pads", Ints: [var before, var after] })
        {
            attribute.Ints.Clear();
            attribute.Ints.AddRange([0, before, 0, after]);
        }
        else if (attribute.Ints.Count == 1) attribute.Ints.Insert(0, 1);
    }
}
