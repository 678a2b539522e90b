using Octavia.Dubbing;
using Octavia.Dubbing.Media;
using Octavia.Jobs.Client;
using Octavia.Jobs.Queue;

namespace Octavia.Worker;

/// <summary>Compares media with what its credits are held for.</summary>
static class PaidLength
{
    // The API measures all tracks, packet by packet; headers are a little wrong in many good files.
    const double ToleratedSeconds = 2;
    const double ToleratedShare = 0.05;

    /// <summary>Refuses what lasts longer than was paid for, before the work begins.</summary>
    /// <exception cref="DubbingException"><c>input.longer_than_paid</c>, and what <see cref="MediaProbe"/> refuses.</exception>
    public static async Task CheckAsync(Job job, string input, CancellationToken ct)
    {
        if (job.JobType is not (JobType.VideoTranslate or JobType.Transcribe)) return;
        var paid = job.JobMetadata.MediaSeconds;
        var media = await MediaProbe.ProbeAsync(input, job.JobMetadata.Filename, ct);
        if (!IsLonger(media.DurationSeconds, paid)) return;
        // A subtitle after the end, or a wrong header, makes a file look longer than the sound that is worked on.
        var sound = await MediaProbe.MeasureSoundAsync(media, ct);
        if (!IsLonger(sound, paid)) return;
        throw DubbingException.Unusable(
            "input.longer_than_paid",
            $"{media.Name} lasts {sound:0} seconds, but credits are held for {paid:0}; upload it again and start a new job, the credits of this one are returned.");
    }

    static bool IsLonger(double seconds, double paid) => seconds - paid > Math.Max(ToleratedSeconds, ToleratedShare * paid);
}
