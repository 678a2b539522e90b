using Octavia.Dubbing.Speech;
using Xunit;

namespace Octavia.UnitTests.Speech;

/// <summary>What is written short is spoken as words; the last test asks espeak-ng whether it reads them as such.</summary>
public class TextNormalizerTests
{
    [Theory]
    [InlineData("Son 3,5 km a pie.", "Son 3,5 kilómetros a pie.")]
    [InlineData("A 1 km.", "A 1 kilómetro.")]
    [InlineData("Sube un 20 %.", "Sube un 20 %.")]
    [InlineData("El Sr. López y la Dra. Ruiz", "El señor López y la doctora Ruiz")]
    [InlineData("Dr. Smith", "doctor Smith")]
    [InlineData("El 12/05/2024 llega.", "El 12 de mayo de 2024 llega.")]
    [InlineData("A las 10:30.", "A las 10:30.")]
    [InlineData("A las 10:00.", "A las 10.")]
    [InlineData("Cuesta 5 €.", "Cuesta 5 euros.")]
    [InlineData("Cuesta $5.", "Cuesta 5 dólares.")]
    [InlineData("$5 millones", "5 millones de dólares")]
    [InlineData("Son 1.500 personas.", "Son 1.500 personas.")]
    [InlineData("A 80 km/h.", "A 80 kilómetros por hora.")]
    [InlineData("Vive en EE. UU.", "Vive en Estados Unidos.")]
    [InlineData("En EE.UU. viven", "En Estados Unidos viven")]
    [InlineData("Pan, vino, etc.", "Pan, vino, etcétera.")]
    [InlineData("Pan, etc., y vino", "Pan, etcétera, y vino")]
    [InlineData("El n.º 3 y la pág. 4", "El número 3 y la página 4")]
    [InlineData("Hace -5 °C o 25 °C.", "Hace menos 5 grados Celsius o 25 grados Celsius.")]
    [InlineData("De 10-12 años", "De 10 a 12 años")]
    [InlineData("Rock & roll", "Rock y roll")]
    public void Spanish(string written, string spoken) => Check("es", written, spoken);

    [Theory]
    [InlineData("It is 3.5 km away.", "It is 3.5 kilometers away.")]
    [InlineData("1 kg or 2 kg", "1 kilogram or 2 kilograms")]
    [InlineData("Up 20 %.", "Up 20 %.")]
    [InlineData("Mr. López met Dr. Smith.", "Mister López met Doctor Smith.")]
    [InlineData("On 12/05/2024 we left.", "On December 5 2024 we left.")]
    [InlineData("On 25/12/2024.", "On December 25 2024.")]
    [InlineData("At 10:30, or 10:00.", "At 10:30, or 10 o'clock.")]
    [InlineData("At 10:00 a.m. we left.", "At 10 AM we left.")]
    [InlineData("It costs $5.", "It costs 5 dollars.")]
    [InlineData("$1 or $3.5 million", "1 dollar or 3.5 million dollars")]
    [InlineData("1,500 people", "1,500 people")]
    [InlineData("80 km/h", "80 kilometers per hour")]
    [InlineData("In the U.S. they do.", "In the U S they do.")]
    [InlineData("In the U.S.", "In the U S.")]
    [InlineData("Bread, etc. Then wine.", "Bread, etcetera. Then wine.")]
    [InlineData("No. 3 vs. No. 4", "number 3 versus number 4")]
    [InlineData("No. That is 25 °C.", "No. That is 25 degrees Celsius.")]
    [InlineData("Pages 10-12, 1990-1995", "Pages 10 to 12, 1990 to 1995")]
    [InlineData("Call 555-1234.", "Call 555-1234.")]
    [InlineData("5 men in 5 min", "5 men in 5 minutes")]
    public void English(string written, string spoken) => Check("en", written, spoken);

    [Theory]
    [InlineData("3,5 km", "3,5 kilomètres")]
    [InlineData("80 km/h", "80 kilomètres à l'heure")]
    [InlineData("20 %", "20 %")]
    [InlineData("M. Dupont et Mme Roux", "monsieur Dupont et Mme Roux")]
    [InlineData("Le Dr. Smith", "Le docteur Smith")]
    [InlineData("Le 12/05/2024", "Le 12 mai 2024")]
    [InlineData("Le 01/05/2024", "Le 1er mai 2024")]
    [InlineData("À 10:30 ou 15h30", "À 10 heures 30 ou 15 heures 30")]
    [InlineData("À 10:00", "À 10 heures")]
    [InlineData("5 € ou $5", "5 euros ou 5 dollars")]
    [InlineData("2 millions €", "2 millions d'euros")]
    [InlineData("1.500 et 5 000", "1.500 et 5 000")]
    [InlineData("Du pain, etc.", "Du pain, etcetera.")]
    [InlineData("n° 3", "numéro 3")]
    [InlineData("25 °C", "25 degrés Celsius")]
    [InlineData("-5 °C", "moins 5 degrés Celsius")]
    [InlineData("50 mg et 2 m²", "50 milligrammes et 2 mètres carrés")]
    [InlineData("Il fait 2 m. Il part.", "Il fait 2 mètres. Il part.")]
    public void French(string written, string spoken) => Check("fr", written, spoken);

    [Theory]
    [InlineData("3,5 km", "3,5 chilometri")]
    [InlineData("80 km/h", "80 chilometri orari")]
    [InlineData("20 %", "20 %")]
    [InlineData("Il Sig. Rossi e la Sig.ra Bianchi", "Il signor Rossi e la signora Bianchi")]
    [InlineData("Dr. Smith", "dottor Smith")]
    [InlineData("Il 12/05/2024", "Il 12 maggio 2024")]
    [InlineData("Alle 10:30, alle 10:00", "Alle 10:30, alle 10")]
    [InlineData("5 € o $5", "5 euro o 5 dollari")]
    [InlineData("5 milioni $", "5 milioni di dollari")]
    [InlineData("1.500", "1.500")]
    [InlineData("Pane, ecc.", "Pane, eccetera.")]
    [InlineData("n. 3", "numero 3")]
    [InlineData("25 °C", "25 gradi Celsius")]
    [InlineData("10-12 anni", "10 a 12 anni")]
    [InlineData("Romeo & Giulietta", "Romeo e Giulietta")]
    [InlineData("3 kg, 10 cm", "3 chilogrammi, 10 centimetri")]
    public void Italian(string written, string spoken) => Check("it", written, spoken);

    [Theory]
    [InlineData("de", "3,5 km am 12.05.2024")]
    [InlineData("es", "Tel. 91-555-12-34, versión 1.2.3, 16:9, AT&T")]
    [InlineData("en", "C-3PO, 1:02:03, 24/7, 3/4")]
    public void What_is_not_known_stays(string language, string text) => Check(language, text, text);

    [Theory]
    [InlineData("es", "es", "3,5 km", "kilˈometɾos")]
    [InlineData("es", "es", "$5", "θˈinko ðˈolaɾes")]
    [InlineData("es", "es", "etc.", "etθˈeteɾa")]
    [InlineData("en", "en-us", "80 km/h", "kɪlˈɑmɪTəɹz pɜɹ ˈWəɹ")]
    [InlineData("en", "en-us", "$5", "fˈIv dˈɑləɹz")]
    [InlineData("fr", "fr-fr", "M. Dupont", "məsjˈø")]
    [InlineData("it", "it", "3,5 km", "kilˈometrɪ")]
    public async Task Kokoro_is_given_words(string language, string locale, string written, string phonemes)
    {
        var voice = new Voice("x", language, Gender.Unknown, null, locale);
        var spoken = await KokoroPhonemizer.PhonemizeAsync(TextNormalizer.Normalize(written, voice), locale, TestContext.Current.CancellationToken);
        Assert.Contains(phonemes, spoken, StringComparison.Ordinal);
    }

    static void Check(string language, string written, string spoken) =>
        Assert.Equal(spoken, TextNormalizer.Normalize(written, new Voice("x", language, Gender.Unknown, null, language)));
}
