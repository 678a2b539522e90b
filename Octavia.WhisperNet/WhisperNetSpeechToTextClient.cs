using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Recognition;
using Whisper.net;

namespace Octavia.WhisperNet;

/// <summary>Recognises windows of speech with Whisper.net.</summary>
sealed class WhisperNetSpeechToTextClient : WindowSpeechToTextClient
{
    readonly WhisperFactory factory;
    readonly int beams;

    // A model decodes for one at a time.
    readonly SemaphoreSlim turn = new(1, 1);

    WhisperNetSpeechToTextClient(WhisperFactory factory, SileroVad vad, int beams, string name)
        : base(vad, new SpeechRules(), new SpeechToTextClientMetadata("whisper-net", defaultModelId: name)) => (this.factory, this.beams) = (factory, beams);

    /// <summary>Opens the one <c>.bin</c> of a folder.</summary>
    /// <exception cref="DubbingException"><c>model.missing</c>, <c>model.damaged</c>.</exception>
    public static WhisperNetSpeechToTextClient Open(string folder, string vadFolder, int beams)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        var vad = SileroVad.Open(vadFolder);
        try
        {
            return new WhisperNetSpeechToTextClient(WhisperFactory.FromPath(Directory.EnumerateFiles(folder, "*.bin").Single(), new WhisperFactoryOptions { UseGpu = true }), vad, beams, name);
        }
        catch (WhisperModelLoadException e)
        {
            vad.Dispose();
            throw new DubbingException(new Failure("model.damaged", FailureKind.MissingTool, $"The model {name} is damaged: fetch it again."), e);
        }
        catch
        {
            vad.Dispose();
            throw;
        }
    }

    internal override IWindowCall Begin(SpeechToTextOptions? wishes) => new Call(this, wishes);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            factory.Dispose();
            turn.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>One sound.</summary>
    sealed class Call(WhisperNetSpeechToTextClient client, SpeechToTextOptions? wishes) : IWindowCall
    {
        readonly int beams = wishes?.AdditionalProperties?.TryGetValue("beams", out int count) == true ? count : client.beams;
        readonly bool english = wishes?.TextLanguage is { } text && Languages.Get(text).Code == "en";

        public string? Language { get; private set; } = wishes?.SpeechLanguage is { } tag ? Languages.Get(tag).Code : null;

        public double? LanguageProbability { get; private set; }

        public async Task<RecognizedWindow> RecognizeAsync(SpeechWindow window, CancellationToken cancellationToken)
        {
            await client.turn.WaitAsync(cancellationToken);
            try
            {
                if (Language is null) await DetectAsync(window);
                await using var processor = Processor(Language!);
                var segments = new List<RecognizedSegment>();
                await foreach (var segment in processor.ProcessAsync(window.Samples.AsMemory(), cancellationToken))
                    if (WordsOf(segment, window) is { Count: > 0 } words)
                        segments.Add(new RecognizedSegment(string.Concat(words.Select(word => word.Text)), words[0].Start, words[^1].End, words));
                return new RecognizedWindow(SpeechEdges.Reach(segments, window.Speech, window.Start, window.End), window.End);
            }
            finally
            {
                client.turn.Release();
            }
        }

        async Task DetectAsync(SpeechWindow window)
        {
            await using var processor = Processor("auto");
            var (heard, probability) = processor.DetectLanguageWithProbability(window.Samples);
            (Language, LanguageProbability) = (Languages.Find(heard)?.Code ?? "en", probability);
        }

        WhisperProcessor Processor(string language)
        {
            var builder = client.factory.CreateBuilder().WithThreads(Environment.ProcessorCount).WithLanguage(language).WithTokenTimestamps().WithProbabilities().WithNoContext();
            if (english && language != "en") builder = builder.WithTranslate();
            if (beams > 1) builder.WithBeamSearchSamplingStrategy();
            return builder.Build();
        }

        // Tokens are parts of words and of characters: their times are dealt to the words of the segment's own text, and where that fails the speech of the window is.
        List<Word> WordsOf(SegmentData segment, SpeechWindow window)
        {
            if (!segment.Text.Any(char.IsLetterOrDigit)) return [];
            var bare = new List<Word>();
            foreach (var token in segment.Tokens.Where(token => token.Text is { Length: > 0 } text && !text.StartsWith('[')))
            {
                var word = new Word(token.Text!, At(token.Start / 100.0), At(token.End / 100.0), token.Probability);
                if (bare.Count > 0 && !token.Text!.StartsWith(' ')) bare[^1] = bare[^1] with { Text = bare[^1].Text + word.Text, End = Math.Max(bare[^1].End, word.End) };
                else bare.Add(word);
            }
            var inside = window with { Start = At(segment.Start.TotalSeconds), End = At(segment.End.TotalSeconds), Speech = [new Stretch(At(segment.Start.TotalSeconds), At(segment.End.TotalSeconds))] };
            return TimedText.Attach(segment.Text, bare) ?? TimedText.Spread(segment.Text, inside, english ? "en" : Language, segment.Probability);

            double At(double seconds) => Math.Clamp(window.Start + seconds, window.Start, window.End);
        }
    }
}
