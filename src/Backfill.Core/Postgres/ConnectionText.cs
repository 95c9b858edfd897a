using System.Globalization;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Reads a connection setting, as a URI or in Npgsql's form, and adds what a pooler in transaction mode asks for.</summary>
internal static class ConnectionText
{
    // Other clients' words for what is always so here, or for what the driver works out itself.
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "pgbouncer",
        "pool_timeout",
        "schema",
        "connection_limit",
        "supa",
        "gssencmode",
        "sslnegotiation",
        "workaround",
    };

    /// <summary>Npgsql's form of the setting.</summary>
    /// <exception cref="BackfillException">The setting cannot be read.</exception>
    public static string Parse(Secret setting)
    {
        var text = setting.Reveal().Trim();
        try
        {
            var scheme = Array.Find(
                ["postgresql://", "postgres://"],
                one => text.StartsWith(one, StringComparison.OrdinalIgnoreCase)
            );
            var parts = scheme is null ? new NpgsqlConnectionStringBuilder(text) : FromUri(text[scheme.Length..]);
            RequireProjectInUser(parts);
            // Without session state: DISCARD at close and prepared statements break behind a pooler.
            parts.NoResetOnClose = true;
            parts.MaxAutoPrepare = 0;
            parts.Enlist = false;
            parts.ApplicationName ??= "backfill";
            return parts.ConnectionString;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            // The cause's text may carry a piece of the password: it is left out.
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                "The database setting cannot be read as a connection string.",
                "Write postgresql://user:password@host:5432/database (special characters in the password percent-encoded) or Host=...;Username=...;Password=...;Database=...",
                "BACKFILL_DATABASE_URL"
            );
        }
    }

    /// <summary>Host, port, database and user of the setting, without the password.</summary>
    public static string Describe(Secret setting)
    {
        var parts = new NpgsqlConnectionStringBuilder(Parse(setting));
        return FormattableString.Invariant($"{parts.Username}@{parts.Host}:{parts.Port}/{parts.Database}");
    }

    // user:password@host:port/database?name=value. A password that was not percent-encoded may hold any of these marks: the
    // last @ before the query ends it, and where it holds a ? as well, the last @ of all.
    private static NpgsqlConnectionStringBuilder FromUri(string text)
    {
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
            throw new FormatException("The user holds a character that has to be encoded.");
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

        foreach (
            var pair in question < 0 ? [] : tail[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                Set(parts, pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..]));
            }
        }

        return parts;
    }

    // host, host:port, [v6]:port; the host may stand in the query instead.
    private static NpgsqlConnectionStringBuilder Place(string text)
    {
        var parts = new NpgsqlConnectionStringBuilder();
        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        var host = colon > bracket ? text[..colon] : text;
        if (host.Length > 0)
        {
            parts.Host = Uri.UnescapeDataString(host.Trim('[', ']'));
        }

        if (colon > bracket && colon + 1 < text.Length)
        {
            parts.Port = int.Parse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return parts;
    }

    private static void Set(NpgsqlConnectionStringBuilder parts, string name, string value)
    {
        switch (name.ToLowerInvariant())
        {
            case "host":
                parts.Host = value;
                break;
            case "sslmode":
                parts.SslMode = Enum.Parse<SslMode>(value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
                break;
            case "sslrootcert":
                parts.RootCertificate = value;
                break;
            case "sslcert":
                parts.SslCertificate = value;
                break;
            case "sslkey":
                parts.SslKey = value;
                break;
            case "channel_binding":
                parts.ChannelBinding = Enum.Parse<ChannelBinding>(value, ignoreCase: true);
                break;
            case "application_name":
                parts.ApplicationName = value;
                break;
            case "connect_timeout":
                parts.Timeout = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "user":
                parts.Username = value;
                break;
            case "dbname":
                parts.Database = value;
                break;
            case var ignored when Ignored.Contains(ignored):
                break;
            default:
                parts[name] = value;
                break;
        }
    }

    // Supabase's pooler serves every project by one host, and tells them apart by the user.
    private static void RequireProjectInUser(NpgsqlConnectionStringBuilder parts)
    {
        if (
            parts.Host?.EndsWith(".pooler.supabase.com", StringComparison.OrdinalIgnoreCase) == true
            && parts.Username?.Contains('.', StringComparison.Ordinal) != true
            && parts.Options?.Contains("reference=", StringComparison.Ordinal) != true
        )
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The user '{parts.Username}' does not name the project, by which Supabase's pooler at {parts.Host} tells one from another.",
                "Write the user as postgres.<project reference>, as the project shows it under Connect.",
                "BACKFILL_DATABASE_URL"
            );
        }
    }
}
