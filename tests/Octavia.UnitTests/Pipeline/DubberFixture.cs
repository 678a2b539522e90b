using Octavia.Dubbing;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Reporting;
using Octavia.UnitTests.Media;
using Xunit;

namespace Octavia.UnitTests.Pipeline;

/// <summary>What tests read of a result.</summary>
static class Results
{
    /// <summary>The report's part on the one language that was asked for.</summary>
    public static VersionReport Only(this DubbingResult result) => Assert.Single(result.Report.Versions);
}

/// <summary>One engine with its models for all tests of the pipeline.</summary>
public sealed class DubberFixture(TestMedia media) : IAsyncLifetime
{
    /// <summary>The engine, as on any machine: without network, and without what this user has downloaded.</summary>
    public Dubber Dubber { get; } = new(new EngineOptions { Models = new ModelStoreOptions { Offline = true, Cache = media.At("no-models") } });

    /// <summary>A request in folders of its own.</summary>
    public DubbingRequest Request(string input, DubbingTask task = DubbingTask.VideoTranslate)
    {
        var folder = media.At($"run-{Guid.NewGuid():N}");
        return new DubbingRequest
        {
            Task = task,
            Input = Path.IsPathRooted(input) ? input : media.At(input),
            OutputFolder = Path.Combine(folder, "out"),
            WorkFolder = Path.Combine(folder, "work"),
            SourceLanguage = "en",
            TargetLanguages = ["es"],
            Translation = "apertium",
        };
    }

    /// <summary>A request for a text.</summary>
    public async Task<DubbingRequest> RequestAsync(string name, string text, DubbingTask task)
    {
        var folder = Directory.CreateDirectory(media.At($"text-{Guid.NewGuid():N}")).FullName;
        var path = Path.Combine(folder, name);
        await File.WriteAllTextAsync(path, text);
        return Request(path, task);
    }

    /// <inheritdoc />
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Dubber.DisposeAsync();
}
