using Backfill.Core.Postgres;

namespace Backfill.Core.Tests.Postgres;

/// <summary>Statements live in files of their own: every file is used, and nothing else speaks SQL or GraphQL.</summary>
public sealed class StatementsTests
{
    private static readonly string Engine = Path.Combine(Checkout.Root, "src", "Backfill.Core");

    public static TheoryData<string> Statements =>
        [
            .. typeof(SqlText)
                .Assembly.GetManifestResourceNames()
                .Where(name => !name.StartsWith("Postgres/Migrations/", StringComparison.Ordinal)),
        ];

    [Theory]
    [MemberData(nameof(Statements))]
    public void Every_SQL_file_is_used(string statement)
    {
        // Some are read by their whole path, some by their bare name within a room, and fragments by their file's name.
        string[] names =
        [
            $"\"{statement}\"",
            $"\"{Path.ChangeExtension(statement, null)}\"",
            $"/{Path.GetFileNameWithoutExtension(statement)}\"",
            $"\"{Path.GetFileNameWithoutExtension(statement)}\"",
            $"#import \"{Path.GetFileName(statement)}\"",
            $"--? include {Path.ChangeExtension(statement, null)}\n",
        ];

        Assert.True(
            Sources("*.cs")
                .Concat(Sources("*.graphql"))
                .Concat(Sources("*.sql"))
                .Any(source => names.Any(name => source.Text.Contains(name, StringComparison.Ordinal))),
            $"{statement} is used by nothing."
        );
    }

    [Fact]
    public void No_source_file_contains_an_SQL_statement()
    {
        string[] beginnings =
        [
            "SELECT ",
            "INSERT INTO",
            "UPDATE ",
            "DELETE FROM",
            "CREATE ",
            "ALTER ",
            "query(",
            "query {",
        ];

        Assert.All(
            Sources("*.cs"),
            source =>
                Assert.DoesNotContain(
                    beginnings,
                    beginning => source.Text.Contains($"\"{beginning}", StringComparison.Ordinal)
                )
        );
    }

    // Without the E, a server with standard_conforming_strings off reads a backslash as an escape.
    [Fact]
    public void Every_text_with_a_backslash_says_that_it_escapes() =>
        Assert.All(Sources("*.sql"), source => Assert.DoesNotMatch(@"(?<!E)'[^'\n]*\\[^'\n]*'", source.Text));

    private static IEnumerable<(string File, string Text)> Sources(string files) =>
        Directory
            .EnumerateFiles(Engine, files, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Select(file => (file, File.ReadAllText(file)));
}
