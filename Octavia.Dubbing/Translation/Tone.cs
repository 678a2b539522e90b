namespace Octavia.Dubbing.Translation;

/// <summary>How people are spoken to in the translation.</summary>
public enum Tone
{
    /// <summary>As the translator thinks right.</summary>
    Neutral,

    /// <summary>With distance: usted, vous, Sie.</summary>
    Formal,

    /// <summary>As among friends: tú, tu, du.</summary>
    Informal,
}

/// <summary>Words that languages address people with.</summary>
static class AddressForms
{
    static readonly Dictionary<string, (string Formal, string Informal)> Forms = new()
    {
        ["bg"] = ("Вие", "ти"),
        ["ca"] = ("vostè", "tu"),
        ["cs"] = ("vy", "ty"),
        ["da"] = ("De", "du"),
        ["de"] = ("Sie", "du"),
        ["el"] = ("εσείς", "εσύ"),
        ["es"] = ("usted", "tú"),
        ["fi"] = ("te", "sinä"),
        ["fr"] = ("vous", "tu"),
        ["gl"] = ("vostede", "ti"),
        ["hi"] = ("आप", "तुम"),
        ["hr"] = ("Vi", "ti"),
        ["hu"] = ("Ön", "te"),
        ["it"] = ("Lei", "tu"),
        ["nl"] = ("u", "jij"),
        ["pl"] = ("Pan, Pani", "ty"),
        ["pt"] = ("o senhor, a senhora", "você"),
        ["ro"] = ("dumneavoastră", "tu"),
        ["ru"] = ("Вы", "ты"),
        ["sk"] = ("vy", "ty"),
        ["sv"] = ("ni", "du"),
        ["tr"] = ("siz", "sen"),
        ["uk"] = ("Ви", "ти"),
        ["zh"] = ("您", "你"),
    };

    /// <summary>A tone in words for a language model: <c>formal (usted)</c>; null for the neutral one.</summary>
    public static string? Describe(Tone tone, Language target)
    {
        if (tone == Tone.Neutral) return null;
        var name = tone == Tone.Formal ? "formal" : "informal";
        if (!Forms.TryGetValue(target.Code, out var forms)) return name;
        return $"{name} ({(tone == Tone.Formal ? forms.Formal : forms.Informal)})";
    }
}
