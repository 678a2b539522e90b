namespace Octavia.Dubbing.LipSync;

/// <summary>A program or a service that moves the lips in a picture to another speech; unused without either. The contract is in docs/lip-sync.md.</summary>
public sealed class LipSyncOptions
{
    /// <summary>Program, by name or path.</summary>
    public string? Command { get; set; }

    /// <summary>Its arguments, in which <c>{picture}</c>, <c>{speech}</c> and <c>{output}</c> stand for files.</summary>
    public IList<string> Arguments { get; set; } = [];

    /// <summary>Address of a service, instead of a program.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Sent as a bearer token; never logged.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How long one span may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(10);
}
