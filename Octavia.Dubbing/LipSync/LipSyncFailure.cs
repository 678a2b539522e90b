namespace Octavia.Dubbing.LipSync;

/// <summary>Why a span keeps its lips: never the end of a run.</summary>
static class LipSyncFailure
{
    public static DubbingException Of(string reason) => new(new Failure("lip_sync.failed", FailureKind.Engine, $"The lips stay as they were: {reason}."));
}
