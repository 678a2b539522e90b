using Octavia.Dubbing.Speakers;
using Octavia.Dubbing.Speech;
using Octavia.UnitTests.Speech;
using Xunit;

namespace Octavia.UnitTests.Speakers;

public class PitchDetectorTests(KokoroFixture kokoro) : IClassFixture<KokoroFixture>
{
    [Theory]
    [InlineData(70)]
    [InlineData(123.4)]
    [InlineData(211)]
    [InlineData(350)]
    public void Finds_the_pitch_of_a_harmonic_sound_at_any_level(double pitch)
    {
        foreach (var level in new[] { 1e-4, 0.5 })
        {
            var samples = Enumerable.Range(0, 16000)
                .Select(i => (float)(level * Enumerable.Range(1, 8).Sum(h => Math.Sin(2 * Math.PI * h * pitch * i / 16000) / h))).ToArray();
            Assert.Equal(pitch, PitchDetector.Median(samples)!.Value, pitch * 0.01);
        }
    }

    [Fact]
    public void Noise_silence_and_scraps_have_no_pitch()
    {
        var random = new Random(1);
        Assert.Null(PitchDetector.Median([.. Enumerable.Range(0, 16000).Select(_ => random.NextSingle() - 0.5f)]));
        Assert.Null(PitchDetector.Median(new float[16000]));
        Assert.Null(PitchDetector.Median(new float[100]));
        Assert.Null(PitchDetector.Median([]));
    }

    [Theory]
    [InlineData("af_heart", "Welcome back to the channel, today we are going to build a table.")]
    [InlineData("em_alex", "Por favor, apaga las luces antes de salir de casa.")]
    [InlineData("im_nicola", "Per favore, spegni le luci prima di uscire di casa domani mattina.")]
    public async Task Agrees_with_the_catalogue_on_spoken_sentences(string voice, string text)
    {
        var samples = Sound.To16000(await kokoro.SpeakAsync(text, voice, cancellationToken: TestContext.Current.CancellationToken), 24000);
        var expected = kokoro.Model.Voices[voice];

        var pitch = PitchDetector.Median(samples);

        Assert.Equal(expected.MedianPitch!.Value, pitch!.Value, expected.MedianPitch.Value * 0.15);
        Assert.Equal(expected.Gender, VoiceCasting.GenderOf(pitch));
    }
}
