using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Octavia.Dubbing.Speech;

/// <summary>
/// The voices of a model folder, and what two of them give mixed. Of the 256 numbers of a style the first 128 are the timbre and the last 128 set pitch,
/// length and melody: with half of if_sara ef_dora spoke at 198 Hz instead of 174, by the last 128 alone at 198, by the first alone at 174. Both are mixed
/// in equal shares: it is the timbre that makes two voices two (similarity of the voice prints at a half: 0.76; by the melody alone 0.97).
/// Half of a voice of another language cost no words: over 35 mixtures of seven voices Whisper heard 0 wrong words in Spanish and English, in
/// French 0 but for the Hindi voice (4 of 43), in Italian as many as of the voice alone, give or take one. Their pitch was the catalogue's, mixed on a musical scale,
/// within 7 %, mostly 3 % above it, as that of the voices themselves is.
/// </summary>
sealed class KokoroVoices : IVoiceCatalog, IVoiceBlending
{
    const int StyleSize = 256;

    /// <summary>With more of another voice the accent is the other's.</summary>
    const double MostShare = 0.5;

    // Words are lost to the Hindi voices; the Portuguese are the Spanish ones again (similarity 0.99).
    static readonly HashSet<string> NotMixed = ["hi", "pt"];

    readonly string folder;
    readonly ILookup<string, Voice> byLanguage;
    readonly ConcurrentDictionary<string, float[]> styles = new();

    public KokoroVoices(string folder)
    {
        this.folder = folder;
        var rows = File.ReadLines(Path.Combine(folder, "voices.tsv")).Skip(1).Select(line => line.Split('\t')).ToList();
        ById = rows.Select(ToVoice).ToDictionary(v => v.Id);
        byLanguage = rows.OrderBy(row => row[9] != "yes").Select(row => ById[row[0]]).ToLookup(v => v.Language);
    }

    public IReadOnlyDictionary<string, Voice> ById { get; }

    public IReadOnlyList<Voice> VoicesFor(string language) => [.. byLanguage[language]];

    public IReadOnlyList<Voice> BlendsFor(string language) =>
    [
        .. from voice in VoicesFor(language)
           from other in ById.Values
           where other.Gender == voice.Gender && !NotMixed.Contains(other.Language) && NameOf(other) != NameOf(voice)
           from tenths in Enumerable.Range(1, (int)(10 * MostShare))
           select Mix(voice, other, tenths / 10.0),
    ];

    /// <summary>A voice, or a mixture of two of one sex; null when there is none of that id.</summary>
    public Voice? Find(string id) =>
        ById.TryGetValue(id, out var voice) ? voice
        : VoiceBlend.Parse(id) is { } blend && ById.TryGetValue(blend.Base, out var first) && ById.TryGetValue(blend.Other, out var second)
            && first.Gender == second.Gender ? Mix(first, second, blend.Share)
        : null;

    /// <summary>Style of a voice for a text: 256 numbers.</summary>
    /// <param name="id">Of <see cref="Find"/>.</param>
    /// <param name="row">Tokens of the text, 509 at most.</param>
    public Memory<float> StyleOf(string id, int row) => styles.GetOrAdd(id, Load).AsMemory(row * StyleSize, StyleSize);

    float[] Load(string id)
    {
        if (VoiceBlend.Parse(id) is not { } blend)
            return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, "voices", id + ".bin"))).ToArray();
        var (first, second, share) = (Load(blend.Base), Load(blend.Other), (float)blend.Share);
        for (var i = 0; i < first.Length; i++) first[i] += share * (second[i] - first[i]);
        return first;
    }

    static Voice Mix(Voice voice, Voice other, double share) => voice with
    {
        Id = new VoiceBlend(voice.Id, other.Id, share).ToString(),
        MedianPitch = Math.Round(voice.MedianPitch!.Value * Math.Pow(other.MedianPitch!.Value / voice.MedianPitch.Value, share), 1),
    };

    // Without the letters of language and sex: ef_dora and pf_dora are one.
    static string NameOf(Voice voice) => voice.Id[(voice.Id.IndexOf('_') + 1)..];

    static Voice ToVoice(string[] row) => new(
        row[0],
        row[1].Split('-')[0],
        Enum.Parse<Gender>(row[2], ignoreCase: true),
        double.Parse(row[3], CultureInfo.InvariantCulture),
        row[1]);
}
