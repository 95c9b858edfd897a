using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Reads a connection setting that is a URI.</summary>
internal static partial class ConnectionUri
{
    private const int DefaultPort = 5432;

    /// <summary>Returns the scheme of a text with its separator, such as <c>postgresql+asyncpg://</c>; null when it has none.</summary>
    public static string? Scheme(string text) =>
        SchemePattern().Match(text) is { Success: true } match ? match.Value : null;

    /// <summary>Reads <c>user:password@host:port/database?name=value</c> with one host or several. A password that is not percent-encoded may have any of these characters. The last @ before the query ends the password. Where the password has a ?, the last @ of the text ends it.</summary>
    /// <exception cref="ConnectionFault">A part cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Read(string text, string scheme)
    {
        RequirePostgres(scheme);
        text = text[scheme.Length..];
        var authorityEnd = text.IndexOfAny(['/', '?', '#']);
        var query = text.IndexOf('?', StringComparison.Ordinal);
        var plain = authorityEnd < 0 ? text : text[..authorityEnd];
        var at =
            plain.Contains('@', StringComparison.Ordinal)
            && query > authorityEnd
            && text[..query].LastIndexOf('@') < authorityEnd
                ? plain.LastIndexOf('@')
                : text.LastIndexOf('@');
        var (user, rest) = at < 0 ? ("", text) : (text[..at], text[(at + 1)..]);
        var colon = user.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? user : user[..colon];
        if (name.IndexOfAny(['/', '?', '#']) >= 0)
        {
            throw new ConnectionFault("the user holds one of the characters / ? #, which have to be percent-encoded.");
        }

        var hostEnd = rest.IndexOfAny(['/', '?']);
        var parts = Place(hostEnd < 0 ? rest : rest[..hostEnd]);
        var tail = hostEnd < 0 ? "" : rest[hostEnd..];
        var question = tail.IndexOf('?', StringComparison.Ordinal);
        var database = (question < 0 ? tail : tail[..question]).Trim('/');
        if (database.Length > 0)
        {
            parts.Database = Uri.UnescapeDataString(database);
        }

        if (name.Length > 0)
        {
            parts.Username = Uri.UnescapeDataString(name);
        }

        if (colon >= 0)
        {
            parts.Password = Uri.UnescapeDataString(user[(colon + 1)..]);
        }

        var options = question < 0 ? [] : tail[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries);
        ConnectionOption.SetAll(
            parts,
            options
                .Select(pair => pair.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .Select(pair => (pair[0], Uri.UnescapeDataString(pair[1])))
        );
        return parts;
    }

    // SQLAlchemy adds its driver (postgresql+asyncpg), and JDBC writes jdbc: before the scheme.
    private static void RequirePostgres(string scheme)
    {
        if (PostgresScheme().IsMatch(scheme))
        {
            return;
        }

        throw new ConnectionFault(
            scheme.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                ? "it is a web address. PostgreSQL is reached by its own connection string, which Supabase shows under Connect."
                : $"it begins with {scheme}, and not with postgresql:// or postgres://."
        );
    }

    // Reads host, host:port or [v6]:port, or several of these with commas between. The host may be in the query instead.
    private static NpgsqlConnectionStringBuilder Place(string text)
    {
        var parts = new NpgsqlConnectionStringBuilder();
        var hosts = text.Split(',').Select(HostAndPort).ToArray();
        if (hosts is [var (host, port)])
        {
            if (host.Length > 0)
            {
                parts.Host = host;
            }

            parts.Port = port ?? DefaultPort;
            return parts;
        }

        parts.Host = string.Join(
            ',',
            hosts.Select(one =>
                one.Host.Length == 0
                    ? throw new ConnectionFault("one of its hosts is empty.")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{(one.Host.Contains(':', StringComparison.Ordinal) ? $"[{one.Host}]" : one.Host)}:{one.Port ?? DefaultPort}"
                    )
            )
        );
        return parts;
    }

    private static (string Host, int? Port) HostAndPort(string text)
    {
        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        var host = Uri.UnescapeDataString((colon > bracket ? text[..colon] : text).Trim('[', ']'));
        return (
            host,
            colon > bracket && colon + 1 < text.Length ? ConnectionOption.Number("port", text[(colon + 1)..]) : null
        );
    }

    [GeneratedRegex(
        @"^[a-z][a-z0-9+.:-]*://",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SchemePattern();

    [GeneratedRegex(
        @"^(jdbc:)?postgres(ql)?(\+[a-z0-9_]+)?://$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex PostgresScheme();
}
