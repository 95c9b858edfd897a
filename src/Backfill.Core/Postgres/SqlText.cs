using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Backfill.Core.Postgres;

/// <summary>
/// Reads the statements, each of which is a file next to the code that runs it. A line that ends with <c>--? table.column</c>
/// is kept only where the database has that column. So each file is valid SQL for the whole schema, and the statement names
/// nothing that the database lacks. The lines between <c>--? begin table</c> and <c>--? end</c> are kept only where the
/// database has that table. A condition is <c>table</c>, <c>table.column</c> or a unique key as <c>table(column,column)</c>.
/// With <c>!</c> before it, the line is kept where the object is missing. With <c>*</c> before it, the line is kept where a
/// row needs a value for the column. Of several conditions all must be true. A line <c>--? include path</c> stands for the
/// text of another file.
/// </summary>
internal static partial class SqlText
{
    private const string Marker = "--?";
    private const string Begin = "begin";
    private const string End = "end";
    private const string Include = "include";

    private static readonly ConcurrentDictionary<string, string> Files = new(StringComparer.Ordinal);

    private static readonly ConditionalWeakTable<Catalogue, ConcurrentDictionary<string, string>> Adapted = [];

    private static readonly ConditionalWeakTable<
        IReadOnlyDictionary<string, string>,
        ConcurrentDictionary<string, string>
    > Named = [];

    /// <summary>Returns a statement as it is in its file.</summary>
    /// <param name="path">Relative to the project, for example <c>Sync/Writing/Sql/upsert-issues.sql</c>.</param>
    public static string Read(string path) => Files.GetOrAdd(path, Load);

    /// <summary>Returns a statement without the lines whose conditions are not true in the catalogue.</summary>
    public static string For(string path, Catalogue catalogue) =>
        Adapted.GetOrCreateValue(catalogue).GetOrAdd(path, Adapt, catalogue);

    /// <summary>Returns a statement by its path without the extension, adapted to the catalogue where one is given.</summary>
    public static string Of(string path, Catalogue? catalogue) =>
        catalogue is null ? Read($"{path}.sql") : For($"{path}.sql", catalogue);

    /// <summary>Returns a statement in which each <c>{name}</c> is replaced by its value, which may have further names.</summary>
    /// <param name="path">Relative to the project and without its extension.</param>
    /// <param name="names">Names of tables and types, and pieces of SQL. Never a text that a user wrote.</param>
    /// <exception cref="InvalidOperationException">A name has no value.</exception>
    public static string With(string path, IReadOnlyDictionary<string, string> names) =>
        Named
            .GetOrCreateValue(names)
            .GetOrAdd(path, static (path, names) => Replace(Read($"{path}.sql"), names, path), names);

    /// <summary>Returns every statement as it is in its file, without the migrations.</summary>
    public static IEnumerable<string> Texts() => Names().Select(Read);

    private static IEnumerable<string> Names() =>
        typeof(SqlText)
            .Assembly.GetManifestResourceNames()
            .Where(name =>
                name.EndsWith(".sql", StringComparison.Ordinal)
                && !name.StartsWith(Migrations.Folder, StringComparison.Ordinal)
            );

    /// <summary>Returns every condition of a mark, as the file writes it.</summary>
    public static IEnumerable<string> Conditions() =>
        Names()
            // A digest and its shape mark every column, also those that the tool needs.
            .Where(name => !Path.GetFileName(name).StartsWith("digest-", StringComparison.Ordinal))
            .Where(name => !Path.GetFileName(name).StartsWith("shape-", StringComparison.Ordinal))
            .Select(Read)
            .SelectMany(text => text.Split('\n'))
            .Where(line => line.Contains(Marker, StringComparison.Ordinal))
            .Where(line => !line.Contains($"{Marker} {Include} ", StringComparison.Ordinal))
            .SelectMany(line =>
                line[(line.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..]
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Where(word => word is not (Begin or End))
            );

    /// <summary>Returns true when the database has the table, the key or the column.</summary>
    public static bool Exists(Catalogue catalogue, string name)
    {
        if (name.EndsWith(')'))
        {
            var parenthesis = name.IndexOf('(', StringComparison.Ordinal);
            return catalogue.HasKey(name[..parenthesis], name[(parenthesis + 1)..^1].Split(','));
        }

        var dot = name.LastIndexOf('.');
        return catalogue.HasTable(name) || (dot > 0 && catalogue.HasColumn(name[..dot], name[(dot + 1)..]));
    }

    private static string Replace(string text, IReadOnlyDictionary<string, string> names, string path) =>
        Name()
            .Replace(
                text,
                match =>
                    names.TryGetValue(match.Groups["name"].Value, out var value)
                        ? Replace(value, names, path)
                        : throw new InvalidOperationException($"'{path}' names {match.Value}, which has no value.")
            );

    private static string Adapt(string path, Catalogue catalogue)
    {
        var text = Read(path);
        if (!text.Contains(Marker, StringComparison.Ordinal))
        {
            return text;
        }

        var kept = new StringBuilder(text.Length);
        var isKept = true;
        foreach (var line in text.Split('\n'))
        {
            var at = line.IndexOf(Marker, StringComparison.Ordinal);
            var mark = at < 0 ? "" : line[(at + Marker.Length)..].Trim();
            if (mark == End)
            {
                isKept = true;
            }
            else if (mark.StartsWith(Begin + ' ', StringComparison.Ordinal))
            {
                isKept = Has(catalogue, mark[Begin.Length..]);
            }
            else if (isKept && mark.StartsWith(Include + ' ', StringComparison.Ordinal))
            {
                kept.Append(For($"{mark[(Include.Length + 1)..]}.sql", catalogue));
            }
            else if (isKept && Has(catalogue, mark))
            {
                kept.Append(at < 0 ? line : line[..at]).Append('\n');
            }
        }

        return kept.ToString();
    }

    private static bool Has(Catalogue catalogue, string conditions) =>
        conditions
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .All(condition =>
                condition[0] switch
                {
                    '!' => !Exists(catalogue, condition[1..]),
                    '*' => Demanded(catalogue, condition[1..]),
                    _ => Exists(catalogue, condition),
                }
            );

    private static bool Demanded(Catalogue catalogue, string name)
    {
        var dot = name.LastIndexOf('.');
        return catalogue.Column(name[..dot], name[(dot + 1)..]) is { Demanded: true };
    }

    private static string Load(string path)
    {
        using var stream =
            typeof(SqlText).Assembly.GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The assembly has no statement '{path}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(
        @"\{(?<name>[a-z_]+)\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Name();
}
