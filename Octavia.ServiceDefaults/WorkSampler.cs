using System.Diagnostics;
using OpenTelemetry.Trace;

namespace Octavia.ServiceDefaults;

/// <summary>
/// A trace begins with a request or a job. What a service asks of its database on its own (polling the queue, probing its health)
/// begins none, or nothing else would be seen.
/// </summary>
internal sealed class WorkSampler : Sampler
{
    public static Sampler Create() => new ParentBasedSampler(new WorkSampler());

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind == ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
}
