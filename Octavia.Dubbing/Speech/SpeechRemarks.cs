using Microsoft.Extensions.AI;

namespace Octavia.Dubbing.Speech;

/// <summary>What our engines add to a spoken text, under a fixed key of <c>AdditionalProperties</c>.</summary>
static class SpeechRemarks
{
    const string Key = "octavia.remark";
    const string EngineKey = "octavia.engine";

    /// <summary>What a listener should know of it, as sentences: that another engine spoke it; null for nothing.</summary>
    public static string? GetRemark(this TextToSpeechResponse response) =>
        response.AdditionalProperties?.TryGetValue(Key, out string? remark) == true ? remark : null;

    /// <summary>The other engine's name; null where the one that was asked spoke.</summary>
    public static string? GetOtherEngine(this TextToSpeechResponse response) =>
        response.AdditionalProperties?.TryGetValue(EngineKey, out string? engine) == true ? engine : null;

    /// <summary>Sets what <see cref="GetRemark"/> reads.</summary>
    public static void SetRemark(this TextToSpeechResponse response, string remark) => (response.AdditionalProperties ??= [])[Key] = remark;

    /// <summary>Sets what <see cref="GetOtherEngine"/> reads.</summary>
    public static void SetOtherEngine(this TextToSpeechResponse response, string engine) => (response.AdditionalProperties ??= [])[EngineKey] = engine;
}
