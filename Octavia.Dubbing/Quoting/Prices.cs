using System.Globalization;
using Octavia.Dubbing.Engines;

namespace Octavia.Dubbing.Quoting;

/// <summary>What a service asks for, in US dollars.</summary>
/// <param name="Part">What the engine does.</param>
/// <param name="Engine">Engine.</param>
/// <param name="Model">Model.</param>
/// <param name="Usd">Of translation a million tokens that are read, of speech a million characters, of recognition a minute.</param>
/// <param name="WrittenUsd">Of translation a million tokens that are written; else 0.</param>
public sealed record Price(string Part, string Engine, string Model, double Usd, double WrittenUsd = 0)
{
    /// <summary>In words: <c>$0.15 a million tokens read, $0.60 written</c>.</summary>
    public string Text => Part switch
    {
        EngineCatalog.Translation => FormattableString.Invariant($"${Usd:0.00##} a million tokens read, ${WrittenUsd:0.00##} written"),
        EngineCatalog.Speech => FormattableString.Invariant($"${Usd:0.00##} a million characters"),
        _ => FormattableString.Invariant($"${Usd:0.00##} a minute"),
    };
}

/// <summary>
/// Prices of services: published list prices, and what the configuration says instead. A service that is in neither is of unknown price; one at a server of
/// the user's own costs what the configuration says, else nothing that could be known.
/// </summary>
public sealed class PriceList
{
    /// <summary>When the published prices were gathered.</summary>
    public const string GatheredIn = "November 2026";

    readonly Dictionary<string, Price> _configured = [];

    /// <summary>A list.</summary>
    /// <param name="configured">
    /// By part, engine and model with slashes (<c>translation/openai/gpt-4o-mini</c>) the price in US dollars, of translation two with a slash
    /// (<c>0.15/0.60</c>).
    /// </param>
    /// <exception cref="DubbingException"><c>configuration.price</c>.</exception>
    public PriceList(IReadOnlyDictionary<string, string> configured)
    {
        foreach (var (key, value) in configured) _configured[key] = Parse(key, value);
    }

    // gpt-4o-mini-tts is sold by tokens of sound, at about $0.015 a minute, which is 900 characters.
    /// <summary>Published prices; of an engine's models the first is the one that it takes unasked.</summary>
    public static IReadOnlyList<Price> Published { get; } =
    [
        new(EngineCatalog.Recognition, "openai", "whisper-1", 0.006),
        new(EngineCatalog.Recognition, "openai", "gpt-4o-transcribe", 0.006),
        new(EngineCatalog.Recognition, "openai", "gpt-4o-mini-transcribe", 0.003),
        new(EngineCatalog.Translation, "openai", "gpt-4o-mini", 0.15, 0.60),
        new(EngineCatalog.Translation, "openai", "gpt-4o", 2.50, 10),
        new(EngineCatalog.Translation, "openai", "gpt-4.1-mini", 0.40, 1.60),
        new(EngineCatalog.Translation, "openai", "gpt-4.1", 2, 8),
        new(EngineCatalog.Translation, "anthropic", "claude-haiku-4-5", 1, 5),
        new(EngineCatalog.Translation, "anthropic", "claude-sonnet-4-5", 3, 15),
        new(EngineCatalog.Speech, "elevenlabs", "eleven_multilingual_v2", 100),
        new(EngineCatalog.Speech, "elevenlabs", "eleven_flash_v2_5", 50),
        new(EngineCatalog.Speech, "openai", "gpt-4o-mini-tts", 17),
        new(EngineCatalog.Speech, "openai", "tts-1", 15),
        new(EngineCatalog.Speech, "openai", "tts-1-hd", 30),
    ];

    /// <summary>Whether an engine is one that costs money.</summary>
    public static bool IsService(string part, string engine) => Published.Any(price => price.Part == part && price.Engine == engine);

    /// <summary>What an engine costs; null when it is not known.</summary>
    /// <param name="part">What it does.</param>
    /// <param name="engine">Engine.</param>
    /// <param name="facts">Its model, and whose server it is at.</param>
    public Price? Find(string part, string engine, EngineFacts facts)
    {
        var published = Published.Where(price => price.Part == part && price.Engine == engine).ToList();
        var model = facts.Model ?? (published.Count > 0 ? published[0].Model : "");
        if (_configured.TryGetValue($"{part}/{engine}/{model}", out var own)) return own;
        return facts.IsOwnServer ? null : published.Find(price => price.Model == model);
    }

    static Price Parse(string key, string value)
    {
        var names = key.Split('/', 3);
        var amounts = value.Split('/').Select(text => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount) ? amount : -1).ToArray();
        var expected = names[0] == EngineCatalog.Translation ? 2 : 1;
        if (names is [EngineCatalog.Recognition or EngineCatalog.Translation or EngineCatalog.Speech, _, _] && amounts.Length == expected && amounts.All(amount => amount is >= 0 and < 1e6))
            return new Price(names[0], names[1], names[2], amounts[0], amounts.ElementAtOrDefault(1));
        throw new DubbingException(new Failure(
            "configuration.price", FailureKind.Usage,
            $"Octavia__Prices__{key} is no price: write translation/openai/gpt-4o-mini with 0.15/0.60, speech/<engine>/<model> or recognition/<engine>/<model> with one number of US dollars."));
    }
}
