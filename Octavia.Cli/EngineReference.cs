using System.Text;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Quoting;

namespace Octavia.Cli;

/// <summary>The reference of engines, qualities and prices, written from the code: <c>docs/engines.md</c>. A test compares the two.</summary>
static class EngineReference
{
    /// <summary>The whole document, as it is where nothing is set.</summary>
    public static string Write()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Engines, qualities and prices

            Written by `./octavia engines --markdown > docs/engines.md`; what is changed here by hand is lost. `./octavia engines` says which of them can run on this
            machine, `./octavia doctor` which one `auto` takes. `auto` takes the first of a table that can do the languages.

            """);
        var options = new EngineOptions();
        foreach (var part in new EngineCatalog(options, new ModelStore(options.Models)).List().GroupBy(engine => engine.Part))
        {
            Heading(text, char.ToUpperInvariant(part.Key[0]) + part.Key[1..]);
            Table(text, ["engine", "what it is", "where it runs", "licence", "languages", "settings", "cost"], part.Select(RowOf));
        }
        Heading(text, "Recognition on a GPU");
        text.Append(
            """
            `UseWhisperNet=Cuda ./octavia up` (or `Cuda12`, `Cpu`) builds the engine `whisper-net` in: Whisper on whisper.cpp, asked before `whisper-onnx` once it has a model
            (`octavia models add whisper-ggml-small`); `octavia engines` and each report say which runtime was loaded. It is compiled by no test here.

            `UseCuda=true ./octavia up` takes ONNX Runtime's package with CUDA: Whisper and opus-mt then run on the GPU, with unquantised weights where their folders have them
            (`onnx/encoder_model.onnx`, `onnx/decoder_model_merged.onnx`). Without a GPU, CUDA 13 and cuDNN they run on the processor, and the
            report says why. No GPU was there to try it on: only the way back to the processor is tested.

            """);
        Heading(text, "Qualities");
        Table(
            text,
            ["quality", "recognises with the first of these at hand", "hypotheses kept", "shorter wordings asked of a chat model", "a line that is too long", "lips"],
            QualitySettings.All.Select(quality => (IReadOnlyList<string>)
            [
                $"`{Name(quality.Quality)}`", string.Join(", ", quality.WhisperModels), $"{quality.Beams}", $"up to {quality.Rewordings}",
                quality.SpeaksAgain ? "is spoken again at the engine's own rate, then sped up" : "is sped up",
                quality.MovesLips ? "moved, with something that does ([lip-sync](lip-sync.md))" : "left",
            ]));
        text.Append($"\n`--model-size`, in the API `model_size`, takes another size in place of the first column's: {string.Join(", ", ModelSizes.All.Select(size => $"`{size}`"))}. It must be on the machine.\n");
        Heading(text, "Prices");
        text.Append(
            $"""
            US dollars, as published, gathered in {PriceList.GatheredIn}; for quotes only. `Octavia__Prices__<part>/<engine>/<model>` sets another, of translation two with a
            slash: `Octavia__Prices__translation/openai/gpt-4o-mini=0.15/0.60`. A server of your own (a set endpoint) costs what is set so, else the price is not known.


            """);
        Table(text, ["part", "engine", "model", "price"], PriceList.Published.Select(price => (IReadOnlyList<string>)[price.Part, $"`{price.Engine}`", price.Model, price.Text]));
        return text.ToString();
    }

    static IReadOnlyList<string> RowOf(EngineListing engine) =>
    [
        $"`{engine.Name}`", engine.Description, engine.Facts.Runs ?? "", engine.Facts.Licence ?? "", engine.Facts.Languages ?? "",
        string.Join(", ", engine.Facts.Settings.Select(setting => $"`{setting}`")), PriceList.IsService(engine.Part, engine.Name) ? "see prices" : "none",
    ];

    static string Name(Quality quality) => quality.ToString().ToLowerInvariant();

    static void Heading(StringBuilder text, string heading) => text.Append($"\n## {heading}\n\n");

    static void Table(StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        foreach (var row in rows.Prepend([.. columns.Select(_ => "---")]).Prepend(columns)) text.Append($"| {string.Join(" | ", row)} |\n");
    }
}
