using Octavia.Dubbing;

namespace Octavia.Cli;

/// <summary>The engine's options, from the environment alone: a configuration reader would cost start-up for nothing.</summary>
static class CommandLineOptions
{
    /// <summary>Options as <c>Octavia__OpenAI__ApiKey</c> and the like set them.</summary>
    public static EngineOptions Read()
    {
        var options = new EngineOptions();
        options.Models.Folder = Get("Models__Folder");
        options.Models.Embedded = Get("Models__Embedded");
        options.Models.Cache = Get("Models__Cache");
        options.OpenAI.ApiKey = Get("OpenAI__ApiKey");
        if (Uri.TryCreate(Get("OpenAI__Endpoint"), UriKind.Absolute, out var endpoint)) options.OpenAI.Endpoint = endpoint;
        if (Get("OpenAI__TranslationModel") is { } model) options.OpenAI.TranslationModel = model;
        return options;
    }

    static string? Get(string name) => Environment.GetEnvironmentVariable("Octavia__" + name) is { Length: > 0 } value ? value : null;
}
