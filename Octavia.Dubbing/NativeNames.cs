namespace Octavia.Dubbing;

/// <summary>What languages call themselves: players show it in their menus to people who look for their own.</summary>
static class NativeNames
{
    // The system's tables are not used: the program runs without ICU, so that it starts fast and is the same everywhere.
    static readonly Dictionary<string, string> ByCode =
        """
        ar العربية|bg Български|bn বাংলা|ca Català|cs Čeština|cy Cymraeg|da Dansk|de Deutsch|el Ελληνικά|en English|eo Esperanto|es Español|et Eesti
        eu Euskara|fa فارسی|fi Suomi|fr Français|ga Gaeilge|gl Galego|gu ગુજરાતી|he עברית|hi हिन्दी|hr Hrvatski|hu Magyar|hy Հայերեն|id Indonesia
        is Íslenska|it Italiano|ja 日本語|ka ქართული|kk Қазақ тілі|ko 한국어|la Latina|lt Lietuvių|lv Latviešu|mk Македонски|ms Melayu|mt Malti
        nl Nederlands|nn Norsk nynorsk|no Norsk|oc Occitan|pl Polski|pt Português|ro Română|ru Русский|sk Slovenčina|sl Slovenščina|sq Shqip
        sr Српски|sv Svenska|sw Kiswahili|ta தமிழ்|te తెలుగు|th ไทย|tr Türkçe|uk Українська|ur اردو|vi Tiếng Việt|yue 粵語|zh 中文
        """
        .Split(['\n', '|'], StringSplitOptions.TrimEntries).ToDictionary(entry => entry[..entry.IndexOf(' ')], entry => entry[(entry.IndexOf(' ') + 1)..]);

    /// <summary>Own name of a language by its ISO 639-1 code; the English one where it is not known here.</summary>
    public static string Of(string code) => ByCode.GetValueOrDefault(code) ?? Languages.NameOf(code);
}
