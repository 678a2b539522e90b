namespace Octavia.Dubbing.Models;

/// <summary>Where models are looked for.</summary>
public sealed class ModelStoreOptions
{
    /// <summary>A folder that comes before all others; null for none.</summary>
    public string? Folder { get; set; }

    /// <summary>The folder that ships with the program; null to look upwards from the program for <c>models/</c>.</summary>
    public string? Embedded { get; set; }

    /// <summary>Where downloads are kept; null for <c>~/.cache/octavia/models</c>.</summary>
    public string? Cache { get; set; }

    /// <summary>The model hub.</summary>
    public Uri Hub { get; set; } = new("https://huggingface.co/");

    /// <summary>Whether never to download.</summary>
    public bool Offline { get; set; }
}

/// <summary>How far a download is.</summary>
/// <param name="Model">Name of the model.</param>
/// <param name="File">File that is coming in.</param>
/// <param name="Received">Bytes of the whole model so far.</param>
/// <param name="Total">Bytes of the whole model; null where the publisher does not say.</param>
public sealed record ModelProgress(string Model, string File, long Received, long? Total);

/// <summary>Whether a model can be had.</summary>
public enum ModelAvailability
{
    /// <summary>On this machine.</summary>
    Present,

    /// <summary>Its publisher has it.</summary>
    Downloadable,

    /// <summary>Nobody has it.</summary>
    NotPublished,

    /// <summary>Not on this machine, and the publisher cannot be reached.</summary>
    Unreachable,
}
