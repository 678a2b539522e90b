using System.Text.Json;
using Octavia.Dubbing;
using Octavia.Dubbing.Quoting;
using Octavia.Dubbing.Scripts;

namespace Octavia.Cli;

/// <summary>What one input would take, or why it cannot be done: <c>dub --dry-run</c>.</summary>
sealed record QuoteOutput(string Input, Quote? Quote, Failure? Failure)
{
    /// <summary>Quotes all inputs and writes the quotes.</summary>
    /// <returns>Exit code: of the first that failed, else 0.</returns>
    public static async Task<int> RunAsync(Dubber dubber, IReadOnlyList<DubbingRequest> requests, bool json, CancellationToken cancellationToken)
    {
        var quotes = new List<QuoteOutput>();
        foreach (var request in requests)
        {
            Quote? quote = null;
            var failure = await DubCommand.FailureOfAsync(async () => quote = await dubber.QuoteAsync(request, cancellationToken));
            quotes.Add(new QuoteOutput(request.Input, quote, failure));
            if (!json) quotes[^1].Print();
            if (failure?.Kind == FailureKind.Cancelled) break;
        }
        if (json) JsonOutput.Write(quotes);
        return quotes.FirstOrDefault(quote => quote.Failure is not null)?.Failure is { } first ? (int)first.Kind : 0;
    }

    /// <summary>Writes it as a JSON object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("input", Input);
        json.WriteNumber("exit_code", Failure is null ? 0 : (int)Failure.Kind);
        if (Failure is not null) JsonOutput.Write(json, Failure);
        if (Quote is not null)
        {
            json.WritePropertyName("quote");
            JsonSerializer.Serialize(json, Quote, ScriptJson.Readable.Quote);
        }
        json.WriteEndObject();
    }

    void Print()
    {
        var name = Path.GetFileName(Input);
        if (Failure is not null) Console.Error.WriteLine($"{name}: {Failure.Message}");
        if (Quote is not { } quote) return;
        Console.WriteLine($"{name}: {Clock(quote.MediaSeconds)}, about {quote.Lines} lines ({quote.LinesBasis})");
        Console.WriteLine($"  time   about {Clock(quote.Seconds)} ({quote.SecondsBasis})");
        Console.WriteLine($"  money  {(quote.Usd is { } usd ? usd > 0 ? FormattableString.Invariant($"about ${usd:0.00##}") : "none" : "not known")} ({quote.UsdBasis}{(quote.Usd is null ? ": set Octavia__Prices" : "")})");
        foreach (var part in quote.Parts)
            Console.WriteLine($"    {part.Part,-12} {part.Engine}{(part.Language is null ? "" : $", {Languages.NameOf(part.Language)}")}: {Clock(part.Seconds)}{(part.Usd is > 0 and var cost ? FormattableString.Invariant($", ${cost:0.00##}") : "")}");
    }

    static string Clock(double seconds)
    {
        var time = TimeSpan.FromSeconds(Math.Max(1, Math.Round(seconds)));
        return time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{time.Minutes} min {time.Seconds} s" : $"{time.Seconds} s";
    }
}
