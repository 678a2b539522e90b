namespace Octavia.ChaosTests;

/// <summary>Rows of text in columns.</summary>
static class Table
{
    public static void Print(IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.Prepend(heads).ToList();
        var widths = Enumerable.Range(0, heads.Count).Select(column => all.Max(row => row[column].Length)).ToList();
        Console.WriteLine();
        foreach (var (number, row) in all.Index())
        {
            Console.WriteLine("| " + string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))) + " |");
            if (number == 0) Console.WriteLine("| " + string.Join(" | ", widths.Select(width => new string('-', width))) + " |");
        }
        Console.WriteLine();
    }
}
