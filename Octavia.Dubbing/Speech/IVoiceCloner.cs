namespace Octavia.Dubbing.Speech;

/// <summary>
/// Had from a speech client by <c>GetService</c>: makes voices of people's own speech, to be used for one run and then removed. Whoever calls it has
/// made sure of the consent of the person.
/// </summary>
public interface IVoiceCloner
{
    /// <summary>Makes a voice.</summary>
    /// <param name="name">Of the voice at the service; nobody else's.</param>
    /// <param name="sample">WAV, mono 16 bit: what the person says, alone.</param>
    /// <param name="cancellationToken">Cancels; the voice may have been made nevertheless.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="DubbingException"><c>speech.clone_failed</c>; the voice may have been made nevertheless.</exception>
    Task<string> CloneAsync(string name, ReadOnlyMemory<byte> sample, CancellationToken cancellationToken);

    /// <summary>Removes a voice that <see cref="CloneAsync"/> made, or may have made; one that is not there is removed.</summary>
    /// <param name="name">As it was made.</param>
    /// <param name="id">Its id; null where it is not known.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DubbingException"><c>speech.clone_kept</c>.</exception>
    Task RemoveAsync(string name, string? id, CancellationToken cancellationToken);
}
