namespace Backfill.Core.Tests;

/// <summary>Reads the tables of the documentation, so that tests can compare them with the code.</summary>
internal static class DocumentedTable
{
    /// <summary>Returns the cells of each row.</summary>
    /// <param name="file">Relative to the checkout.</param>
    /// <param name="head">The beginning of the table's first line.</param>
    public static IReadOnlyList<string[]> Read(string file, string head) =>
        [
            .. File.ReadLines(Path.Combine(Checkout.Root, file))
                .SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Split('|')[1..^1].Select(cell => cell.Trim()).ToArray()),
        ];
}
