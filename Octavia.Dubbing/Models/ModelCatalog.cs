using System.Text.RegularExpressions;

namespace Octavia.Dubbing.Models;

/// <summary>A file of a model.</summary>
/// <param name="Path">Relative to the model's folder, with slashes.</param>
/// <param name="Size">Bytes; null when not known beforehand.</param>
/// <param name="Sha256">Lower-case hex; null when only the publisher knows it.</param>
public sealed record ModelFile(string Path, long? Size = null, string? Sha256 = null);

/// <summary>A model that Octavia knows how to get.</summary>
/// <param name="Name">Its folder's name: <c>whisper-base</c>.</param>
/// <param name="Description">What it does, for people.</param>
/// <param name="Files">Files that must be there.</param>
/// <param name="Repository">On the model hub: <c>Xenova/opus-mt-en-es</c>; null when it is not from there.</param>
/// <param name="Address">Folder that the files are fetched from when they are not from the hub; null when they are not fetched.</param>
public sealed record ModelInfo(
    string Name, string Description, IReadOnlyList<ModelFile> Files, string? Repository = null, Uri? Address = null)
{
    /// <summary>Whether it can be downloaded at all.</summary>
    public bool CanDownload => Repository is not null || Address is not null;
}

/// <summary>The models that Octavia knows.</summary>
public static partial class ModelCatalog
{
    static readonly string[] OpusFiles =
    [
        "config.json", "generation_config.json", "source.spm", "target.spm", "vocab.json",
        "onnx/encoder_model_quantized.onnx", "onnx/decoder_model_merged_quantized.onnx",
    ];

    static readonly string[] WhisperFiles =
    [
        "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json",
        "merges.txt", "added_tokens.json", "special_tokens_map.json",
        "onnx/encoder_model_quantized.onnx", "onnx/decoder_model_merged_quantized.onnx",
    ];

    /// <summary>All but the pairs of opus-mt, which are too many to list, and the weights of Whisper.net, which few builds use.</summary>
    public static IReadOnlyList<ModelInfo> All { get; } =
    [
        .. ReadEmbedded(),
        new("separator", "speech from background (DeepFilterNet2)",
        [
            new("enc.onnx", 2608628, "0b57c9923fd095e5770aee3b02a62aaaeccf595f880f51f452060bd920d7198d"),
            new("erb_dec.onnx", 3325237, "75da682bfe749ab480d69c66359072c61191acde5eeca1a6a4dd7ab89a48073f"),
            new("df_dec.onnx", 3335117, "7a2ba4b6fe85301debd84f8f5eb31a3e24e508bf29084f427d6345e32f514dca"),
        ],
        Address: new Uri("https://raw.githubusercontent.com/shimondoodkin/deepfilter-rt/f1a1b27be767a5e62ccc8625017f1737c33a3bf9/models/dfn2/")),
        Whisper("whisper-tiny", "recognition, faster and worse than base (about 40 MB)"),
        Whisper("whisper-small", "recognition, better than base (about 250 MB)"),
        Whisper("whisper-medium", "recognition, better than small and slow without a GPU (about 1 GB)"),
        Whisper("whisper-large-v3-turbo", "recognition, the best (about 1 GB)"),
    ];

    /// <summary>A model by name; null when Octavia does not know it.</summary>
    public static ModelInfo? Find(string name)
    {
        if (All.FirstOrDefault(model => model.Name == name) is { } known) return known;
        if (WhisperName().Match(name) is { Success: true } size)
            return new ModelInfo(name, $"recognition by Whisper.net, size {size.Groups[1].Value}", Plain([$"ggml-{size.Groups[1].Value}.bin"]), "ggerganov/whisper.cpp");
        return OpusName().Match(name) is { Success: true } pair
            ? new ModelInfo(name, $"translation {pair.Groups[1].Value} to {pair.Groups[2].Value} (Marian, about 110 MB)", Plain(OpusFiles), $"Xenova/{name}")
            : null;
    }

    /// <summary>As <see cref="Find"/>, with a refusal that lists the names.</summary>
    /// <exception cref="DubbingException"><c>model.unknown</c>.</exception>
    public static ModelInfo Get(string name) => Find(name) ?? throw new DubbingException(new Failure(
        "model.unknown", FailureKind.Usage,
        $"There is no model of that name: use {string.Join(", ", All.Select(model => model.Name))} or opus-mt-<from>-<to>, such as opus-mt-en-es."));

    // The exports "timestamped" are the ones with cross attention, which word times come from.
    static ModelInfo Whisper(string name, string description) => new(name, description, Plain(WhisperFiles), $"onnx-community/{name}_timestamped");

    static List<ModelFile> Plain(IEnumerable<string> paths) => [.. paths.Select(path => new ModelFile(path))];

    static IEnumerable<ModelInfo> ReadEmbedded()
    {
        var descriptions = new Dictionary<string, string>
        {
            ["whisper-base"] = "recognition, 99 languages",
            ["kokoro"] = "speech in en, es, fr, it, pt and hi",
            ["silero-vad"] = "finds speech",
            ["speaker-encoder"] = "tells speakers apart (CAM++)",
        };
        using var list = new StreamReader(typeof(ModelCatalog).Assembly.GetManifestResourceStream("Octavia.Dubbing.Models.embedded.sha256")!);
        var rows = list.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Split(' ', 3));
        return rows.GroupBy(row => row[2][..row[2].IndexOf('/')]).Select(files => new ModelInfo(
            files.Key,
            descriptions[files.Key],
            [.. files.Select(row => new ModelFile(row[2][(files.Key.Length + 1)..], long.Parse(row[1]), row[0]))]));
    }

    [GeneratedRegex("^whisper-ggml-(tiny|base|small|medium|large-v3-turbo)$")]
    private static partial Regex WhisperName();

    [GeneratedRegex("^opus-mt-([A-Za-z_]{2,12})-([A-Za-z_]{2,12})$")]
    private static partial Regex OpusName();
}
