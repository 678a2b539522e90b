namespace Octavia.Dubbing.LipSync;

/// <summary>Moves the lips in a picture to another speech.</summary>
interface ILipSync
{
    /// <summary>For people: the program's or the host's name.</summary>
    string Name { get; }

    /// <summary>Works on one span.</summary>
    /// <param name="picture">H.264 in MP4, without sound.</param>
    /// <param name="speech">WAV, 24 kHz mono, as long as the picture.</param>
    /// <param name="output">Where the new picture goes, in any form that ffmpeg reads, of the same size and length.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>False when there is no face in the span, and so no new picture.</returns>
    /// <exception cref="DubbingException"><c>lip_sync.failed</c>, <c>tool.missing</c>, <c>tool.timeout</c>, <c>tool.too_much</c>.</exception>
    Task<bool> RunAsync(string picture, string speech, string output, CancellationToken cancellationToken);
}
