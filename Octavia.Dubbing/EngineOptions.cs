using Octavia.Dubbing.Cloud;
using Octavia.Dubbing.LipSync;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Quoting;

namespace Octavia.Dubbing;

/// <summary>What the engine may use: bound from configuration section <c>Octavia</c>, or the environment (<c>Octavia__OpenAI__ApiKey</c>).</summary>
public sealed class EngineOptions
{
    /// <summary>Where models are.</summary>
    public ModelStoreOptions Models { get; set; } = new();

    /// <summary>An OpenAI-compatible server; unused without an address or a key.</summary>
    public OpenAIOptions OpenAI { get; set; } = new();

    /// <summary>Anthropic; unused without an address or a key.</summary>
    public AnthropicOptions Anthropic { get; set; } = new();

    /// <summary>ElevenLabs; unused without a key.</summary>
    public ElevenLabsOptions ElevenLabs { get; set; } = new();

    /// <summary>What moves the lips with the new speech, at the best quality; unused without a program or an address.</summary>
    public LipSyncOptions LipSync { get; set; } = new();

    /// <summary>Prices of services in place of the published ones: by part, engine and model, see <see cref="PriceList"/>.</summary>
    public Dictionary<string, string> Prices { get; } = [];

    /// <summary>How long services on the network are waited for.</summary>
    public CloudOptions Cloud { get; set; } = new();
}

/// <summary>An OpenAI-compatible server.</summary>
public sealed class OpenAIOptions
{
    /// <summary>Base address; null for OpenAI's own.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Key; never logged. A local server may need none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Chat model for translation.</summary>
    public string TranslationModel { get; set; } = "gpt-4o-mini";

    /// <summary>
    /// Model for speech; null for <c>gpt-4o-mini-tts</c> at OpenAI itself, and for none at a server of one's own, since most serve chat alone. Naming one
    /// puts it before the voices of this machine where the choice is left to <c>auto</c>.
    /// </summary>
    public string? SpeechModel { get; set; }

    /// <summary>
    /// Model for recognition; null for <c>whisper-1</c> at OpenAI itself, and for none at a server of one's own. Naming one puts it before the Whisper of this
    /// machine where the choice is left to <c>auto</c>: then recordings are sent there.
    /// </summary>
    public string? RecognitionModel { get; set; }

    /// <summary>Whether it can be asked for more than chat.</summary>
    /// <param name="model">What is named for the purpose, if anything.</param>
    internal bool Serves(string? model) => Endpoint is null ? !string.IsNullOrEmpty(ApiKey) : !string.IsNullOrEmpty(model);
}

/// <summary>Anthropic's messages API.</summary>
public sealed class AnthropicOptions
{
    /// <summary>Base address; null for Anthropic's own.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Key; never logged.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Model for translation.</summary>
    public string TranslationModel { get; set; } = "claude-haiku-4-5";
}

/// <summary>ElevenLabs' voices.</summary>
public sealed class ElevenLabsOptions
{
    /// <summary>Base address; null for the service's own.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>Key; never logged.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Model for speech: <c>eleven_multilingual_v2</c> sounds best, <c>eleven_flash_v2_5</c> costs half and knows three languages more.</summary>
    public string Model { get; set; } = "eleven_multilingual_v2";
}
