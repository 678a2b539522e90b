using Octavia.Dubbing.Fitting;
using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Fitting;

public class LineFitterTests
{
    static readonly Voice Dora = new("ef_dora", "es", Gender.Female, null, "Dora");

    [Fact]
    public async Task A_text_that_fits_is_not_changed()
    {
        using var kokoro = new KokoroTextToSpeechClient(TestFiles.At("models/kokoro"));
        var line = await new LineFitter(kokoro).FitAsync("La casa es roja.", Dora, 10, Pace.Own, default);
        Assert.Equal((1.0, 1.0), (line.Speed, line.Tempo));
        Assert.InRange(line.Seconds, 0.6, 3);
    }

    [Fact]
    public async Task A_text_that_is_far_too_long_is_sped_up_by_a_fifth_and_no_more()
    {
        using var kokoro = new KokoroTextToSpeechClient(TestFiles.At("models/kokoro"));
        var fitter = new LineFitter(kokoro);
        const string text = "La casa roja está en la colina, y el perro duerme en la cocina toda la noche.";
        var free = await fitter.FitAsync(text, Dora, 60, Pace.Own, default);
        var pressed = await fitter.FitAsync(text, Dora, 1, Pace.Own, default);
        Assert.InRange(pressed.Speed * pressed.Tempo, 1.1, LineFitter.MostTempo + 1e-6);
        Assert.InRange(free.Seconds / pressed.Seconds, 1.1, 1.3);
    }

    [Fact]
    public async Task A_long_text_that_is_a_blink_too_long_fits_too()
    {
        using var espeak = await EspeakTextToSpeechClient.OpenAsync(default);
        var fitter = new LineFitter(espeak);
        var voice = ((IVoiceCatalog)espeak.GetService(typeof(IVoiceCatalog))!).VoicesFor("es")[0];
        const string text = "La casa roja está en la colina y el perro duerme toda la noche en la cocina grande de la casa roja que está en la colina.";
        var slot = (await fitter.FitAsync(text, voice, 60, Pace.Own, default)).Seconds - 0.05;
        Assert.InRange((await fitter.FitAsync(text, voice, slot, Pace.Own, default)).Seconds, slot - 0.1, slot + 0.025);
    }

    [Fact]
    public async Task A_text_that_is_a_little_too_long_fits_its_slot()
    {
        using var espeak = await EspeakTextToSpeechClient.OpenAsync(default);
        var fitter = new LineFitter(espeak);
        var voice = ((IVoiceCatalog)espeak.GetService(typeof(IVoiceCatalog))!).VoicesFor("es")[0];
        const string text = "La casa roja está en la colina, y el perro duerme.";
        var slot = (await fitter.FitAsync(text, voice, 60, Pace.Own, default)).Seconds / 1.1;
        Assert.InRange((await fitter.FitAsync(text, voice, slot, Pace.Own, default)).Seconds, slot * 0.95, slot * 1.02);
    }
}
