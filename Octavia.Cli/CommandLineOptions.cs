using System.Globalization;
using Octavia.Dubbing;

namespace Octavia.Cli;

/// <summary>The engine's options, from the environment alone: a configuration reader would cost start-up for nothing.</summary>
static class CommandLineOptions
{
    const string PricePrefix = "Octavia__Prices__";

    /// <summary>Options as <c>Octavia__OpenAI__ApiKey</c> and the like set them.</summary>
    public static EngineOptions Read()
    {
        var options = new EngineOptions();
        options.Models.Folder = Get("Models__Folder");
        options.Models.Embedded = Get("Models__Embedded");
        options.Models.Cache = Get("Models__Cache");
        options.Models.Hub = GetAddress("Models__Hub") ?? options.Models.Hub;
        options.Models.Offline = bool.TryParse(Get("Models__Offline"), out var offline) && offline;
        options.OpenAI.ApiKey = Get("OpenAI__ApiKey");
        options.OpenAI.Endpoint = GetAddress("OpenAI__Endpoint");
        options.OpenAI.TranslationModel = Get("OpenAI__TranslationModel") ?? options.OpenAI.TranslationModel;
        options.OpenAI.SpeechModel = Get("OpenAI__SpeechModel");
        options.OpenAI.RecognitionModel = Get("OpenAI__RecognitionModel");
        options.Anthropic.ApiKey = Get("Anthropic__ApiKey");
        options.Anthropic.Endpoint = GetAddress("Anthropic__Endpoint");
        options.Anthropic.TranslationModel = Get("Anthropic__TranslationModel") ?? options.Anthropic.TranslationModel;
        options.LipSync.Command = Get("LipSync__Command");
        options.LipSync.Endpoint = GetAddress("LipSync__Endpoint");
        options.LipSync.ApiKey = Get("LipSync__ApiKey");
        for (var i = 0; Get($"LipSync__Arguments__{i}") is { } argument; i++) options.LipSync.Arguments.Add(argument);
        foreach (var (name, price) in Prices()) options.Prices[name] = price;
        options.ElevenLabs.ApiKey = Get("ElevenLabs__ApiKey");
        options.ElevenLabs.Endpoint = GetAddress("ElevenLabs__Endpoint");
        options.ElevenLabs.Model = Get("ElevenLabs__Model") ?? options.ElevenLabs.Model;
        options.Cloud.Timeout = GetDuration("Cloud__Timeout") ?? options.Cloud.Timeout;
        options.Cloud.FirstPause = GetDuration("Cloud__FirstPause") ?? options.Cloud.FirstPause;
        options.Cloud.Rest = GetDuration("Cloud__Rest") ?? options.Cloud.Rest;
        options.Cloud.Validate();
        return options;
    }

    // A shell cannot name such a variable; env and containers can.
    static IEnumerable<(string Name, string Price)> Prices() => Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
        .Select(one => (Name: (string)one.Key, Price: one.Value as string ?? ""))
        .Where(one => one.Name.StartsWith(PricePrefix, StringComparison.Ordinal) && one.Price.Length > 0)
        .Select(one => (one.Name[PricePrefix.Length..], one.Price));

    // As the configuration of the services reads it.
    static TimeSpan? GetDuration(string name)
    {
        if (Get(name) is not { } text) return null;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration)) return duration;
        throw new DubbingException(new Failure("configuration.duration", FailureKind.Usage, $"Octavia__{name} is no duration: {text}. Write hours:minutes:seconds, as 00:01:30."));
    }

    static string? Get(string name) => Environment.GetEnvironmentVariable("Octavia__" + name) is { Length: > 0 } value ? value : null;

    static Uri? GetAddress(string name)
    {
        if (Get(name) is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") return address;
        throw new DubbingException(new Failure("configuration.address", FailureKind.Usage, $"Octavia__{name} is no http address: {text}"));
    }
}
