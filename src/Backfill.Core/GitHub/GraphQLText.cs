using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Backfill.Core.GitHub;

/// <summary>Reads the queries, each of which is a file. A line <c>#import "name.graphql"</c> is replaced by the fragments of that file.</summary>
internal static class GraphQLText
{
    private const string Import = "#import ";

    private static readonly ConcurrentDictionary<string, string> Files = new(StringComparer.Ordinal);

    /// <summary>Returns a query with the fragments that it imports.</summary>
    /// <param name="name">The name of the file without its extension, for example <c>issues</c>.</param>
    public static string Read(string name) => Files.GetOrAdd(name, Compose);

    /// <summary>
    /// Returns a query for several nodes. Its file asks for one node, <c>n0</c>, with <c>$id0</c> and <c>$after0</c>. The lines
    /// with <c>$id0</c> are repeated for every further node.
    /// </summary>
    public static string ReadForNodes(string name, int nodes)
    {
        var text = new StringBuilder();
        foreach (var line in Read(name).Split('\n'))
        {
            text.Append(line).Append('\n');
            if (!line.Contains("$id0", StringComparison.Ordinal))
            {
                continue;
            }

            for (var node = 1; node < nodes; node++)
            {
                var number = node.ToString(CultureInfo.InvariantCulture);
                text.Append(
                        line.Replace("n0:", $"n{number}:", StringComparison.Ordinal)
                            .Replace("$id0", $"$id{number}", StringComparison.Ordinal)
                            .Replace("$after0", $"$after{number}", StringComparison.Ordinal)
                    )
                    .Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Compose(string name)
    {
        var path = $"GitHub/{name}.graphql";
        using var stream =
            typeof(GraphQLText).Assembly.GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The assembly has no query '{path}'.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var (query, fragments) = (new StringBuilder(), new StringBuilder());
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(Import, StringComparison.Ordinal))
            {
                fragments.Append(Compose(Path.GetFileNameWithoutExtension(line[Import.Length..].Trim().Trim('"'))));
            }
            else
            {
                query.Append(line).Append('\n');
            }
        }

        return query.Append(fragments).ToString();
    }
}
