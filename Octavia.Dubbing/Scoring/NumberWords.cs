namespace Octavia.Dubbing.Scoring;

/// <summary>
/// Spells whole numbers below ten thousand in the languages in which a recogniser writes digits for what a transcript spells (en, es, fr,
/// pt); elsewhere digits stay, and count as errors against words.
/// </summary>
static class NumberWords
{
    static readonly Dictionary<string, (string[] Small, string[] Tens, string Hundred, string Thousand)> Words = new()
    {
        ["en"] = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".Split(' '),
            "twenty thirty forty fifty sixty seventy eighty ninety".Split(' '), "hundred", "thousand"),
        ["es"] = ("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve".Split(' '),
            "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".Split(' '), "cien", "mil"),
        ["fr"] = ("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf".Split(' '),
            "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix".Split(' '), "cent", "mille"),
        ["pt"] = ("zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove".Split(' '),
            "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".Split(' '), "cem", "mil"),
    };

    /// <summary>The words of a number; the digits themselves where they cannot be spelled.</summary>
    public static string Spell(string digits, string language) =>
        Words.ContainsKey(language) && int.TryParse(digits, out var number) && number < 10_000 ? Spell(number, language).Replace('-', ' ') : digits;

    static string Spell(int number, string language)
    {
        var (small, tens, hundred, thousand) = Words[language];
        if (number < 20) return small[number];
        if (number < 100)
        {
            var rest = number % 10;
            var joint = language switch { "es" or "pt" => language == "es" ? " y " : " e ", _ => " " };
            return tens[number / 10 - 2] + (rest == 0 ? "" : joint + small[rest]);
        }
        var (unit, name) = number < 1000 ? (100, hundred) : (1000, thousand);
        var head = number / unit == 1 && language != "en" ? name : $"{Spell(number / unit, language)} {name}";
        return number % unit == 0 ? head : $"{head} {(language == "pt" || (language == "en" && number % unit < 100) ? language == "pt" ? "e " : "and " : "")}{Spell(number % unit, language)}";
    }
}
