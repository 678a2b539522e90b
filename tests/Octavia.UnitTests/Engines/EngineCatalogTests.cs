using Microsoft.Extensions.AI;
using Octavia.Dubbing;
using Octavia.Dubbing.Engines;
using Octavia.Dubbing.Models;
using Octavia.Dubbing.Translation;
using Octavia.UnitTests.Models;
using Xunit;

namespace Octavia.UnitTests.Engines;

public sealed class EngineCatalogTests : IDisposable
{
    readonly string cache = Directory.CreateTempSubdirectory("octavia-test-").FullName;

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(cache, recursive: true);

    [Fact]
    public async Task Takes_Apertium_where_there_is_nothing_better_and_says_why()
    {
        var choice = await Catalog().ChooseTranslationAsync("English", "spa", cancellationToken: Cancel);
        Assert.Equal("apertium", choice.Name);
        Assert.Contains("basic", choice.Description);
        Assert.Contains("openai: neither key nor server is set", choice.Reason);
        Assert.Contains("opus-mt: its model is not on this machine", choice.Reason);
        Assert.Contains("octavia models add opus-mt-en-es", choice.Better);
    }

    [Fact]
    public async Task Takes_a_chat_model_when_a_key_is_set_and_does_not_show_the_key()
    {
        var choice = await Catalog(options => options.OpenAI.ApiKey = "secret").ChooseTranslationAsync("en", "de", cancellationToken: Cancel);
        Assert.Equal("openai", choice.Name);
        Assert.Null(choice.Better);
        Assert.DoesNotContain("secret", choice.ToString());
    }

    [Fact]
    public async Task Fetches_an_opus_model_from_the_hub_and_translates_with_it()
    {
        await using var hub = (await ModelHub.StartAsync()).AddTranslator("Xenova/opus-mt-en-es");
        var catalog = Catalog(options => (options.Models.Hub, options.Models.Offline) = (hub.Address, false));
        Assert.Equal("opus-mt", (await catalog.ChooseTranslationAsync("en", "es", cancellationToken: Cancel)).Name);
        await using var translator = await catalog.OpenTranslatorAsync("en", "es", cancellationToken: Cancel);
        Assert.Equal("opus-mt en-es", translator.Description);
        var line = Assert.Single(await translator.TranslateAsync([new TranslationLine("Three small houses are quiet.")], [], Cancel));
        Assert.Equal(new TranslatedLine("Tres casas pequeñas son tranquilas."), line);
    }

    [Fact]
    public async Task Goes_through_English_where_the_hub_has_no_model_of_the_pair()
    {
        await using var hub = (await ModelHub.StartAsync()).AddTranslator("Xenova/opus-mt-de-en").AddTranslator("Xenova/opus-mt-en-fi");
        var catalog = Catalog(options => (options.Models.Hub, options.Models.Offline) = (hub.Address, false));
        await using var translator = await catalog.OpenTranslatorAsync("de", "fi", cancellationToken: Cancel);
        Assert.Equal("opus-mt de-en + opus-mt en-fi", translator.Description);
    }

    [Fact]
    public async Task Refuses_a_pair_that_nothing_translates_and_lists_what_is_possible()
    {
        var failure = await FailureOf(Catalog().OpenTranslatorAsync("en", "ja", cancellationToken: Cancel));
        Assert.Equal("language.pair_unsupported", failure.Code);
        Assert.Equal(FailureKind.Usage, failure.Kind);
        Assert.Contains("Possible from English: ca, es, fr, it, pt.", failure.Message);
    }

    [Theory]
    [InlineData("en", "en-GB", "auto", "language.pair_unsupported")]
    [InlineData("en", "klingon", "auto", "language.unknown")]
    [InlineData("", "es", "auto", "language.unknown")]
    [InlineData("en", "es", "babelfish", "engine.unknown")]
    [InlineData("en", "de", "apertium", "language.pair_unsupported")]
    public async Task Refuses_what_does_not_exist(string source, string target, string engine, string code)
    {
        var failure = await FailureOf(Catalog().OpenTranslatorAsync(source, target, engine, Cancel));
        Assert.Equal(code, failure.Code);
        Assert.Equal(FailureKind.Usage, failure.Kind);
    }

    [Theory]
    [InlineData("openai", "Octavia__OpenAI__ApiKey")]
    [InlineData("opus-mt", "octavia models add opus-mt-en-es")]
    public async Task Says_how_to_set_up_an_engine_that_was_asked_for(string engine, string hint)
    {
        var failure = await FailureOf(Catalog().OpenTranslatorAsync("en", "es", engine, Cancel));
        Assert.Equal("engine.unavailable", failure.Code);
        Assert.Equal(FailureKind.MissingTool, failure.Kind);
        Assert.Contains(hint, failure.Message);
    }

    [Theory]
    [InlineData("es", "auto", "kokoro")]
    [InlineData("pt-BR", "auto", "kokoro")]
    [InlineData("de", "auto", "espeak")]
    [InlineData("es", "espeak", "espeak")]
    public async Task Speaks_with_the_best_voice_of_a_language(string target, string requested, string engine) =>
        Assert.Equal(engine, (await Catalog().ChooseSpeechAsync(target, requested, Cancel)).Name);

    [Theory]
    [InlineData("", "", "", "es", "kokoro")]
    [InlineData("key", "", "", "es", "kokoro")]
    [InlineData("key", "", "", "de", "openai,espeak")]
    [InlineData("key", "tts-1", "", "es", "openai,kokoro")]
    [InlineData("", "", "key", "es", "elevenlabs,kokoro")]
    [InlineData("key", "", "key", "de", "elevenlabs,openai,espeak")]
    [InlineData("key", "", "key", "eu", "espeak")]
    public async Task Spends_on_speech_only_what_the_settings_ask_for(string openAI, string model, string elevenLabs, string target, string engines)
    {
        var catalog = Catalog(options => (options.OpenAI.ApiKey, options.OpenAI.SpeechModel, options.ElevenLabs.ApiKey) = (openAI, model, elevenLabs));
        Assert.Equal(engines, string.Join(',', (await catalog.SpeechEnginesAsync(target, "auto", Cancel)).Select(engine => engine.Name)));
        Assert.Equal(engines.Split(',')[0], (await catalog.ChooseSpeechAsync(target, "auto", Cancel)).Name);
    }

    [Fact]
    public async Task A_chat_server_of_ones_own_is_not_asked_to_speak_unless_a_model_is_named()
    {
        var catalog = Catalog(options => options.OpenAI.Endpoint = new Uri("http://127.0.0.1:9/v1"));
        Assert.Equal("espeak", (await catalog.ChooseSpeechAsync("de", "auto", Cancel)).Name);
        Assert.Contains("Octavia__OpenAI__SpeechModel", (await FailureOf(catalog.OpenSpeechAsync("de", "openai", Cancel))).Message);
    }

    [Fact]
    public async Task Refuses_a_language_that_nobody_speaks()
    {
        var failure = await FailureOf(Catalog().OpenSpeechAsync("de", "kokoro", Cancel));
        Assert.Equal("language.unspoken", failure.Code);
    }

    [Fact]
    public void Recognises_with_the_size_at_hand()
    {
        var choice = Catalog().ChooseRecognition(Quality.Best);
        Assert.Equal("whisper-onnx", choice.Name);
        Assert.Contains("whisper-base, 5 beams", choice.Description);
        Assert.Equal("octavia models add whisper-small", choice.Better);
        Assert.Throws<DubbingException>(() => Catalog().ChooseRecognition(Quality.Best, "dragon"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpt-4o-transcribe")]
    public async Task Recognises_with_the_size_that_was_asked_for_whatever_the_quality(string service)
    {
        Directory.CreateSymbolicLink(Path.Combine(cache, "whisper-tiny"), TestFiles.At("models/whisper-base"));
        var catalog = Catalog(options => (options.OpenAI.ApiKey, options.OpenAI.RecognitionModel) = (service.Length > 0 ? "key" : null, service));
        Assert.Equal(["tiny", "base"], catalog.ModelSizesHere());
        var choice = catalog.ChooseRecognition(Quality.Best, modelSize: "tiny");
        Assert.Equal(("whisper-onnx", "whisper-tiny", "That size was asked for.", null), (choice.Name, choice.Facts.Model, choice.Reason, choice.Better));
        Assert.Contains("whisper-tiny, 5 beams", choice.Description);
        using var client = await catalog.OpenRecognizerAsync(Quality.Fast, modelSize: "tiny", cancellationToken: Cancel);
        Assert.Equal("whisper-tiny", client.GetService<SpeechToTextClientMetadata>()!.DefaultModelId);
        Assert.NotEqual(catalog.RecognitionKey(new(Quality.Fast, "tiny"), "auto"), catalog.RecognitionKey(new(Quality.Fast, "base"), "auto"));
    }

    [Theory]
    [InlineData("medium", "auto", "model.missing", FailureKind.MissingTool, "whisper-medium is not on this machine. octavia models add whisper-medium")]
    [InlineData("huge", "auto", "model.size_unknown", FailureKind.Usage, "use tiny, base, small, medium, large-v3-turbo")]
    [InlineData("base", "openai", "engine.no_sizes", FailureKind.Usage, "The recognition engine openai has no sizes")]
    public void Refuses_a_size_that_cannot_be_had(string size, string engine, string code, FailureKind kind, string message)
    {
        var failure = Assert.Throws<DubbingException>(() => Catalog().ChooseRecognition(Quality.Fast, engine, size)).Failure;
        Assert.Equal((code, kind), (failure.Code, failure.Kind));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "auto", "whisper-onnx")]
    [InlineData("key", "", "auto", "whisper-onnx")]
    [InlineData("key", "", "openai", "openai")]
    [InlineData("key", "gpt-4o-transcribe", "auto", "openai")]
    public void Sends_a_recording_away_only_where_that_was_asked_for(string key, string model, string requested, string engine) =>
        Assert.Equal(engine, Catalog(options => (options.OpenAI.ApiKey, options.OpenAI.RecognitionModel) = (key, model)).ChooseRecognition(requested: requested).Name);

    [Fact]
    public void Says_how_to_set_up_a_recogniser_that_was_asked_for()
    {
        var failure = Assert.Throws<DubbingException>(() => Catalog().ChooseRecognition(requested: "openai")).Failure;
        Assert.Equal(("engine.unavailable", FailureKind.MissingTool), (failure.Code, failure.Kind));
        Assert.Contains("Octavia__OpenAI__ApiKey", failure.Message);
    }

    [Fact]
    public void An_engine_of_an_assembly_of_its_own_is_there_where_that_was_built()
    {
        var models = Catalog().Models;
        Assert.Same(models, Assert.IsType<EngineOfItsOwn>(OptionalEngines.Find("Octavia.UnitTests", typeof(EngineOfItsOwn).FullName!, models)).Models);
        Assert.Null(OptionalEngines.Find("Octavia.NotBuilt", typeof(EngineOfItsOwn).FullName!, models));
        Assert.Equal(["ggml-large-v3-turbo.bin"], ModelCatalog.Get("whisper-ggml-large-v3-turbo").Files.Select(file => file.Path));
        Assert.Null(ModelCatalog.Find("whisper-ggml-huge"));
    }

    [Fact]
    public async Task Lists_the_languages_that_it_can_dub()
    {
        var spoken = (await Catalog().SpokenLanguagesAsync(Cancel)).Select(language => language.Code).ToList();
        Assert.All(["ca", "en", "es", "fr", "it", "pt", "de", "ja"], code => Assert.Contains(code, spoken));
        Assert.Equal(["ca", "es", "fr", "it", "pt"], Catalog().TargetsFrom("en"));
    }

    [Fact]
    public async Task Lists_the_languages_in_which_it_can_clone_voices()
    {
        Assert.Empty(await Catalog().ClonedLanguagesAsync(Cancel));
        var cloned = (await Catalog(options => options.ElevenLabs.ApiKey = "key").ClonedLanguagesAsync(Cancel)).Select(language => language.Code).ToList();
        Assert.Contains("es", cloned);
        // Spoken, but not by the engine that clones.
        Assert.DoesNotContain("eu", cloned);
    }

    EngineCatalog Catalog(Action<EngineOptions>? configure = null)
    {
        var options = new EngineOptions();
        (options.Models.Cache, options.Models.Offline) = (cache, true);
        configure?.Invoke(options);
        return new EngineCatalog(options, new ModelStore(options.Models));
    }

    internal sealed class EngineOfItsOwn(ModelStore models) : IRecognitionEngine
    {
        public ModelStore Models => models;

        public string Name => "its-own";

        public string Description => "";

        public EngineFacts Facts => EngineFacts.None;

        public string KeyOf(RecognitionWish wish) => "";

        public EngineAvailability Probe(string? size = null) => new(false, "");

        public EngineChoice Choose(RecognitionWish wish, string requested) => throw new NotSupportedException();

        public Task<ISpeechToTextClient> OpenAsync(RecognitionWish wish, bool hasNext, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    static async Task<Failure> FailureOf(Task task) => (await Assert.ThrowsAsync<DubbingException>(() => task)).Failure;
}
