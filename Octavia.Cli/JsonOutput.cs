using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Octavia.Dubbing;

namespace Octavia.Cli;

/// <summary>What <c>--json</c> promises: one object on standard output, whatever happens.</summary>
static class JsonOutput
{
    static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes how each input ended.</summary>
    public static void Write(IReadOnlyList<Outcome> outcomes) => Write(outcomes.All(outcome => outcome.Failure is null), json =>
    {
        json.WriteStartArray("results");
        foreach (var outcome in outcomes) outcome.Write(json);
        json.WriteEndArray();
    });

    /// <summary>Writes what each input would take.</summary>
    public static void Write(IReadOnlyList<QuoteOutput> quotes) => Write(quotes.All(quote => quote.Failure is null), json =>
    {
        json.WriteStartArray("results");
        foreach (var quote in quotes) quote.Write(json);
        json.WriteEndArray();
    });

    /// <summary>Writes why the command did not even begin.</summary>
    public static void Write(Failure failure) => Write(false, json => Write(json, failure));

    /// <summary>Writes the property <c>error</c>.</summary>
    public static void Write(Utf8JsonWriter json, Failure failure)
    {
        json.WriteStartObject("error");
        json.WriteString("code", failure.Code);
        json.WriteString("message", failure.Message);
        json.WriteEndObject();
    }

    static void Write(bool ok, Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("ok", ok);
            content(json);
            json.WriteEndObject();
        }
        Console.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
