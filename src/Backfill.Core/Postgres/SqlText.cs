using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Backfill.Core.Postgres;

/// <summary>
/// The statements, each in its own file beside the code that runs it. A line that ends with <c>--? table.column</c> is kept
/// only where the live catalogue has that column, so that a file is valid SQL for the whole schema and still names nothing
/// that a database lacks. The lines between <c>--? begin table</c> and <c>--? end</c> are kept only where that table is there.
/// A condition is <c>table</c>, <c>table.column</c> or a unique key as <c>table(column,column)</c>. <c>!</c> before it keeps
/// the line where that is missing, <c>*</c> where a row cannot be inserted without a value for the column. Several conditions
/// must all hold. <c>--? include path</c> puts another file in the place of its line.
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

    /// <summary>A statement as it stands in its file.</summary>
    /// <param name="path">Relative to the project, for example <c>Sync/upsert-issues.sql</c>.</param>
    public static string Read(string path) => Files.GetOrAdd(path, Load);

    /// <summary>A statement without the lines that name what the database lacks.</summary>
    public static string For(string path, Catalogue catalogue) =>
        Adapted.GetOrCreateValue(catalogue).GetOrAdd(path, Adapt, catalogue);

    /// <summary>A statement by its path without the extension, adapted to a catalogue where one is given.</summary>
    public static string Of(string path, Catalogue? catalogue) =>
        catalogue is null ? Read($"{path}.sql") : For($"{path}.sql", catalogue);

    /// <summary>A statement in which each <c>{name}</c> is replaced by its value, which may hold further names.</summary>
    /// <param name="path">Relative to the project and without its extension.</param>
    /// <param name="names">Names of tables and types, and pieces of SQL; never anything that a user wrote.</param>
    /// <exception cref="InvalidOperationException">A name has no value.</exception>
    public static string With(string path, IReadOnlyDictionary<string, string> names) =>
        Named
            .GetOrCreateValue(names)
            .GetOrAdd(path, static (path, names) => Replace(Read($"{path}.sql"), names, path), names);

    /// <summary>Every statement as it stands in its file, migrations left out.</summary>
    public static IEnumerable<string> Texts() =>
        typeof(SqlText)
            .Assembly.GetManifestResourceNames()
            .Where(name =>
                name.EndsWith(".sql", StringComparison.Ordinal)
                && !name.StartsWith(Migrations.Folder, StringComparison.Ordinal)
            )
            .Select(Read);

    /// <summary>Every condition behind a mark, as it is written.</summary>
    public static IEnumerable<string> Conditions() =>
        Texts()
            .SelectMany(text => text.Split('\n'))
            .Where(line => line.Contains(Marker, StringComparison.Ordinal))
            .Where(line => !line.Contains($"{Marker} {Include} ", StringComparison.Ordinal))
            .SelectMany(line =>
                line[(line.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length)..]
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Where(word => word is not (Begin or End))
            );

    /// <summary>True when the table, the key or the column is there.</summary>
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
