namespace Octavia.Dubbing.Cloud;

/// <summary>How long services on the network are waited for.</summary>
public sealed class CloudOptions
{
    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Pause before the second try; it doubles from try to try, and is spread so that not all come at once.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a service that fails again and again is left alone.</summary>
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(15);
}
