using System.ComponentModel.DataAnnotations;

namespace Octavia.Api.Webhooks;

/// <summary>Section <c>Webhooks</c>.</summary>
sealed class WebhookOptions
{
    /// <summary>Pause after the first try that failed; each next one is five times as long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries after which a message is given up: the default's last is a day after the first.</summary>
    [Range(1, 12)]
    public int MaxTries { get; set; } = 8;

    /// <summary>Networks (<c>10.1.0.0/16</c>) that webhooks may reach besides the public internet.</summary>
    public IList<string> AllowedNetworks { get; } = [];
}
