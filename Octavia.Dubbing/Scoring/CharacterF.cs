namespace Octavia.Dubbing.Scoring;

/// <summary>
/// chrF of a translation: the F score of character n-grams of 1 to 6, recall weighing twice (beta 2), blanks not counted, after Popović, "chrF: character
/// n-gram F-score for automatic MT evaluation", 2015, with the settings of sacreBLEU (chrF2).
/// </summary>
public static class CharacterF
{
    const int Longest = 6;
    const double Beta = 2;

    /// <summary>0 for nothing in common, 100 for the same text.</summary>
    public static double Of(string reference, string hypothesis)
    {
        var (expected, found) = (Clean(reference), Clean(hypothesis));
        var (precision, recall, orders) = (0.0, 0.0, 0);
        for (var n = 1; n <= Longest; n++)
        {
            var (wanted, had) = (Grams(expected, n), Grams(found, n));
            // An order that neither text is long enough for says nothing.
            if (wanted.Count == 0 || had.Count == 0) continue;
            var same = had.Sum(gram => Math.Min(gram.Value, wanted.GetValueOrDefault(gram.Key)));
            precision += (double)same / had.Values.Sum();
            recall += (double)same / wanted.Values.Sum();
            orders++;
        }
        if (orders == 0 || precision + recall == 0) return 0;
        (precision, recall) = (precision / orders, recall / orders);
        return 100 * (1 + Beta * Beta) * precision * recall / (Beta * Beta * precision + recall);
    }

    static string Clean(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    static Dictionary<string, int> Grams(string text, int n)
    {
        var grams = new Dictionary<string, int>();
        for (var i = 0; i + n <= text.Length; i++)
        {
            var gram = text.Substring(i, n);
            grams[gram] = grams.GetValueOrDefault(gram) + 1;
        }
        return grams;
    }
}
