using System.Text.RegularExpressions;
using Backfill.Core.Postgres;

namespace Backfill.Core.Tests.Postgres;

/// <summary>The documentation has a place for every table of the tool's own schema, and for no other.</summary>
public sealed partial class DocumentedTablesTests
{
    [Theory]
    [InlineData("docs/database.md", "| table of `backfill` |", 0)]
    [InlineData("docs/ARCHITECTURE.md", "| room |", 3)]
    public void Every_table_is_documented_once(string file, string head, int column)
    {
        var created = typeof(SqlText)
            .Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .SelectMany(name => Created().Matches(SqlText.Read(name)))
            .Select(match => match.Groups["table"].Value)
            // DbUp's journal.
            .Append("migration");

        var documented = DocumentedTable
            .Read(file, head)
            .SelectMany(cells => Named().Matches(cells[column]))
            .Select(match => match.Groups["table"].Value);

        Assert.Equal(created.Order(), documented.Order());
    }

    [GeneratedRegex(@"CREATE TABLE (IF NOT EXISTS )?backfill\.(?<table>\w+)")]
    private static partial Regex Created();

    [GeneratedRegex("`(?<table>[^`]+)`")]
    private static partial Regex Named();
}
