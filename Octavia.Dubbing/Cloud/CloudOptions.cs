namespace Octavia.Dubbing.Cloud;

/// <summary>How long services on the network are waited for.</summary>
public sealed class CloudOptions
{
    // What the resilience strategies take.
    static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    static readonly TimeSpan ShortestRest = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan LongestRest = TimeSpan.FromHours(1);

    /// <summary>How long one answer may take: 10 ms to an hour.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Pause before the second try, 1 ms to 30 s; it doubles from try to try, and is spread so that not all come at once.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a service that fails again and again is left alone: half a second to an hour.</summary>
    public TimeSpan Rest { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="DubbingException"><c>configuration.duration</c>.</exception>
    public void Validate()
    {
        Check(nameof(Timeout), Timeout, ShortestTimeout, LongestTimeout);
        Check(nameof(FirstPause), FirstPause, ShortestPause, LongestPause);
        Check(nameof(Rest), Rest, ShortestRest, LongestRest);
    }

    static void Check(string name, TimeSpan value, TimeSpan least, TimeSpan most)
    {
        if (value < least || value > most)
            throw new DubbingException(new Failure(
                "configuration.duration", FailureKind.Usage, $"Octavia__Cloud__{name} is {value:c}: give {least:c} to {most:c}, as hours:minutes:seconds."));
    }
}
