namespace Octavia.Dubbing.Speech;

/// <summary>
/// How a language says what is written short. Rows are "written|spoken". In what is written, # stands for a digit that must follow and @ for a capital
/// letter; what is spoken with a full stop keeps it where the sentence ends there.
/// </summary>
sealed record SpokenForms
{
    /// <summary>Abbreviations, letter by letter as people write them; a blank in them may be left out.</summary>
    public required string Abbreviations { get; init; }

    /// <summary>What follows a number: "sign|one|many". Signs of currencies may stand before it too.</summary>
    public required string Units { get; init; }

    /// <summary>Words that may stand between an amount and its currency, and what is said after them.</summary>
    public required (string Words, string Link) Multiples { get; init; }

    /// <summary>Names of the months.</summary>
    public required string Months { get; init; }

    /// <summary>A date: {0} the day, {1} the month, {2} the year.</summary>
    public required string Date { get; init; }

    /// <summary>The first of a month.</summary>
    public string First { get; init; } = "1";

    /// <summary>A full hour: {0}.</summary>
    public string Hour { get; init; } = "{0}";

    /// <summary>An hour and minutes where espeak-ng does not read them well: {0} and {1}; null where it does.</summary>
    public string? HourAndMinutes { get; init; }

    /// <summary>The word for a minus sign.</summary>
    public required string Minus { get; init; }

    /// <summary>The word between the ends of a range.</summary>
    public required string Until { get; init; }

    /// <summary>By language. What espeak-ng reads well is not here: percent, Roman numerals, ordinals, decimals and thousands.</summary>
    public static IReadOnlyDictionary<string, SpokenForms> All { get; } = new Dictionary<string, SpokenForms>
    {
        ["es"] = new()
        {
            Abbreviations = """
                Sr. @|señor
                sr. @|señor
                Sra. @|señora
                sra. @|señora
                Srta. @|señorita
                Sres. @|señores
                Dr. @|doctor
                dr. @|doctor
                Dra. @|doctora
                dra. @|doctora
                Prof. @|profesor
                Mr. @|míster
                Mrs. @|misis
                St. @|Saint
                Ud.|usted.
                Uds.|ustedes.
                EE. UU.|Estados Unidos.
                EEUU|Estados Unidos
                etc.|etcétera.
                p. ej.|por ejemplo
                pág. #|página
                págs. #|páginas
                n.º #|número
                nº #|número
                n° #|número
                núm. #|número
                a. C.|antes de Cristo.
                d. C.|después de Cristo.
                a. m.|a eme.
                p. m.|pe eme.
                vs.|versus
                &|y
                """,
            Units = """
                km/h|kilómetro por hora|kilómetros por hora
                m/s|metro por segundo|metros por segundo
                km²|kilómetro cuadrado|kilómetros cuadrados
                m²|metro cuadrado|metros cuadrados
                m³|metro cúbico|metros cúbicos
                km|kilómetro|kilómetros
                cm|centímetro|centímetros
                mm|milímetro|milímetros
                m|metro|metros
                kg|kilogramo|kilogramos
                mg|miligramo|miligramos
                g|gramo|gramos
                ml|mililitro|mililitros
                min|minuto|minutos
                h|hora|horas
                °C|grado Celsius|grados Celsius
                ºC|grado Celsius|grados Celsius
                °F|grado Fahrenheit|grados Fahrenheit
                €|euro|euros
                $|dólar|dólares
                £|libra|libras
                """,
            Multiples = ("mil millones|millones|millón|billones|billón", " de"),
            Months = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
            Date = "{0} de {1} de {2}",
            Minus = "menos",
            Until = "a",
        },
        ["en"] = new()
        {
            Abbreviations = """
                Mr. @|Mister
                Mrs. @|Missus
                Ms. @|Miz
                Dr. @|Doctor
                Prof. @|Professor
                St. @|Saint
                Sr. @|Señor
                Sra. @|Señora
                e.g.|for example
                i.e.|that is
                No. #|number
                n.º #|number
                nº #|number
                p. #|page
                vs.|versus
                etc.|etcetera.
                a.m.|AM.
                p.m.|PM.
                """,
            Units = """
                km/h|kilometer per hour|kilometers per hour
                mph|mile per hour|miles per hour
                m/s|meter per second|meters per second
                km²|square kilometer|square kilometers
                m²|square meter|square meters
                m³|cubic meter|cubic meters
                km|kilometer|kilometers
                cm|centimeter|centimeters
                mm|millimeter|millimeters
                m|meter|meters
                kg|kilogram|kilograms
                mg|milligram|milligrams
                g|gram|grams
                ml|milliliter|milliliters
                lb|pound|pounds
                ft|foot|feet
                min|minute|minutes
                h|hour|hours
                °C|degree Celsius|degrees Celsius
                ºC|degree Celsius|degrees Celsius
                °F|degree Fahrenheit|degrees Fahrenheit
                €|euro|euros
                $|dollar|dollars
                £|pound|pounds
                """,
            Multiples = ("thousand|million|billion|trillion", ""),
            Months = "January February March April May June July August September October November December",
            Date = "{1} {0} {2}",
            Hour = "{0} o'clock",
            Minus = "minus",
            Until = "to",
        },
        ["fr"] = new()
        {
            Abbreviations = """
                M. @|monsieur
                MM. @|messieurs
                Mr. @|monsieur
                Mme. @|madame
                Dr. @|docteur
                Pr. @|professeur
                Prof. @|professeur
                Me. @|maître
                St. @|Saint
                etc.|etcetera.
                p. ex.|par exemple
                p. #|page
                n° #|numéro
                nº #|numéro
                vs.|versus
                vs|versus
                de euros|d'euros
                """,
            Units = """
                km/h|kilomètre à l'heure|kilomètres à l'heure
                m/s|mètre par seconde|mètres par seconde
                km²|kilomètre carré|kilomètres carrés
                m²|mètre carré|mètres carrés
                m³|mètre cube|mètres cubes
                km|kilomètre|kilomètres
                mm|millimètre|millimètres
                m|mètre|mètres
                mg|milligramme|milligrammes
                g|gramme|grammes
                ml|millilitre|millilitres
                min|minute|minutes
                h|heure|heures
                °C|degré Celsius|degrés Celsius
                ºC|degré Celsius|degrés Celsius
                °F|degré Fahrenheit|degrés Fahrenheit
                €|euro|euros
                $|dollar|dollars
                £|livre|livres
                """,
            Multiples = ("milliards|milliard|millions|million", " de"),
            Months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
            Date = "{0} {1} {2}",
            First = "1er",
            Hour = "{0} heures",
            HourAndMinutes = "{0} heures {1}",
            Minus = "moins",
            Until = "à",
        },
        ["it"] = new()
        {
            Abbreviations = """
                Sig. @|signor
                sig. @|signor
                Sig.ra @|signora
                Sig.na @|signorina
                Dott. @|dottor
                dott. @|dottor
                Dott.ssa @|dottoressa
                Dr. @|dottor
                Dr @|dottor
                Prof. @|professor
                prof. @|professor
                Prof.ssa @|professoressa
                Mrs. @|missis
                Mr. @|mister
                ecc.|eccetera.
                etc.|eccetera.
                p. es.|per esempio
                pag. #|pagina
                n. #|numero
                n.º #|numero
                nº #|numero
                n° #|numero
                a.C.|avanti Cristo.
                d.C.|dopo Cristo.
                vs.|contro
                &|e
                """,
            Units = """
                km/h|chilometro orario|chilometri orari
                m/s|metro al secondo|metri al secondo
                km²|chilometro quadrato|chilometri quadrati
                m²|metro quadrato|metri quadrati
                m³|metro cubo|metri cubi
                km|chilometro|chilometri
                cm|centimetro|centimetri
                mm|millimetro|millimetri
                m|metro|metri
                kg|chilogrammo|chilogrammi
                mg|milligrammo|milligrammi
                g|grammo|grammi
                ml|millilitro|millilitri
                min|minuto|minuti
                h|ora|ore
                °C|grado Celsius|gradi Celsius
                ºC|grado Celsius|gradi Celsius
                °F|grado Fahrenheit|gradi Fahrenheit
                €|euro|euro
                $|dollaro|dollari
                £|sterlina|sterline
                """,
            Multiples = ("miliardi|miliardo|milioni|milione", " di"),
            Months = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
            Date = "{0} {1} {2}",
            First = "1º",
            Minus = "meno",
            Until = "a",
        },
    };
}
