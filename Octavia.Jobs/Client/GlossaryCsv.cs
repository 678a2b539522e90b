using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Octavia.Jobs.Client;

/// <summary>How a term is translated; without a target it stays as it is.</summary>
public sealed record GlossaryTerm(string Source, string? Target);

/// <summary>A glossary that cannot be used: one sentence that names the line.</summary>
public sealed class GlossaryException(string message) : Exception(message);

/// <summary>
/// Glossaries as spreadsheets save them: a line a term, its translation in the second column. A term without one, or with <c>=</c>, stays as it is.
/// The columns are parted by commas, semicolons or tabs; a first line of <c>source,target</c> is a heading.
/// </summary>
public static class GlossaryCsv
{
    public const int MostTerms = 500;
    public const int LongestTerm = 100;

    /// <summary>Most bytes of a file, and most characters of a text.</summary>
    public const int LongestText = 200_000;

    const string AsItIs = "=";

    static readonly string[] Delimiters = [",", ";", "\t"];

    static readonly string[][] Headings = [["source", "target"], ["term", "translation"]];

    /// <exception cref="GlossaryException">The file is no such text, or a line of it cannot be understood.</exception>
    public static IReadOnlyList<GlossaryTerm> Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length > LongestText) throw TooLong();
        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(file));
        }
        catch (DecoderFallbackException)
        {
            throw new GlossaryException("The glossary is not UTF-8; save it as UTF-8 and try again.");
        }
    }

    /// <exception cref="GlossaryException">A line cannot be understood, or there are too many.</exception>
    public static IReadOnlyList<GlossaryTerm> Parse(string text)
    {
        if (text.Length > LongestText) throw TooLong();
        text = text.TrimStart('\uFEFF');
        // Which mark parts the columns shows in how many lines it makes two of.
        var readings = Delimiters.Select(delimiter => Read(text, delimiter)).ToList();
        var rows = readings.MaxBy(reading => reading.Count(row => row.Fields is [_, _]))!;
        if (rows.Count > 0 && Headings.Any(heading => heading.SequenceEqual(rows[0].Fields, StringComparer.OrdinalIgnoreCase))) rows.RemoveAt(0);
        if (rows.Count == 0) throw new GlossaryException("The glossary is empty; write a line such as source,target for each term, or leave it out.");
        var terms = new Dictionary<string, GlossaryTerm>();
        foreach (var row in rows) Add(terms, TermOf(row), row.Line);
        return [.. terms.Values];
    }

    static void Add(Dictionary<string, GlossaryTerm> terms, GlossaryTerm term, int line)
    {
        if (!terms.TryAdd(term.Source, term) && terms[term.Source] != term)
            throw new GlossaryException($"Line {line} of the glossary translates \"{term.Source}\" again, and otherwise; keep one of the two.");
        if (terms.Count > MostTerms) throw new GlossaryException($"The glossary has more than {MostTerms} terms, at line {line}; shorten it.");
    }

    static GlossaryTerm TermOf(Row row)
    {
        if (row.IsBroken) throw new GlossaryException($"Line {row.Line} of the glossary has a quotation mark that is not closed; close it, or double it where it belongs to the term.");
        if (row.Fields.Length > 2) throw new GlossaryException($"Line {row.Line} of the glossary has {row.Fields.Length} columns; give the term and its translation, with quotation marks around what has the mark between columns in it.");
        if (!row.Fields[0].Any(char.IsLetterOrDigit)) throw new GlossaryException($"Line {row.Line} of the glossary has no term; write it in the first column.");
        if (row.Fields.Any(field => field.Any(char.IsControl))) throw new GlossaryException($"Line {row.Line} of the glossary has characters in it that are not text; take them out.");
        if (row.Fields.Any(field => field.Length > LongestTerm)) throw new GlossaryException($"Line {row.Line} of the glossary is too long: {LongestTerm} characters at most for a term or its translation.");
        return new GlossaryTerm(row.Fields[0], row.Fields is [_, var target] && target is not ("" or AsItIs) ? target : null);
    }

    static List<Row> Read(string text, string delimiter)
    {
        var isBroken = false;
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            HasHeaderRecord = false,
            TrimOptions = TrimOptions.Trim,
            BadDataFound = _ => isBroken = true,
        };
        using var parser = new CsvParser(new StringReader(text), configuration);
        var rows = new List<Row>();
        while (parser.Read())
        {
            // A row with line breaks in quotation marks ends further down: it is told by where it begins.
            var isOpen = IsOpen(parser.RawRecord);
            var line = parser.RawRow - (isOpen ? parser.RawRecord : parser.RawRecord.TrimEnd('\r', '\n')).Count(c => c == '\n');
            if (parser.Record is { } fields && !Array.TrueForAll(fields, string.IsNullOrWhiteSpace)) rows.Add(new Row(line, fields, isBroken || isOpen));
            isBroken = false;
        }
        return rows;
    }

    // The parser takes the end of the text for the end of a quotation.
    static bool IsOpen(string record) => record.Count(c => c == '"') % 2 != 0;

    static GlossaryException TooLong() => new($"The glossary is too long: {LongestText / 1000} kB at most.");

    sealed record Row(int Line, string[] Fields, bool IsBroken);
}
