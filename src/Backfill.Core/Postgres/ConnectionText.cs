using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Reads a connection setting, as a URI or in Npgsql's form, and adds what a pooler in transaction mode asks for.</summary>
internal static class ConnectionText
{
    /// <summary>Npgsql's form of the setting.</summary>
    /// <exception cref="BackfillException">The setting cannot be read.</exception>
    public static string Parse(Secret setting)
    {
        var text = setting.Reveal().Trim();
        try
        {
            var parts =
                text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                    ? FromUri(new Uri(text))
                    : new NpgsqlConnectionStringBuilder(text);
            // Without session state: DISCARD at close and prepared statements break behind a pooler.
            parts.NoResetOnClose = true;
            parts.MaxAutoPrepare = 0;
            parts.Enlist = false;
            parts.ApplicationName ??= "backfill";
            return parts.ConnectionString;
        }
        catch (Exception error) when (error is ArgumentException or UriFormatException or FormatException)
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

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        // A password whose / ? or # was not encoded ends the host early, and its rest would stand in messages as a database.
        if (uri.PathAndQuery.Contains('@', StringComparison.Ordinal) || uri.Fragment.Length > 0)
        {
            throw new UriFormatException("What follows the host holds a character that has to be encoded.");
        }

        var user = uri.UserInfo.Split(':', 2);
        var parts = new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host.Trim('[', ']'),
            Port = uri.Port > 0 ? uri.Port : NpgsqlConnection.DefaultPort,
            Database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/')),
        };
        if (user[0].Length > 0)
        {
            parts.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            parts.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            var (name, value) = (pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..]));
            switch (name)
            {
                case "host":
                    parts.Host = value;
                    break;
                case "sslmode":
                    parts.SslMode = Enum.Parse<SslMode>(
                        value.Replace("-", "", StringComparison.Ordinal),
                        ignoreCase: true
                    );
                    break;
                case "sslrootcert":
                    parts.RootCertificate = value;
                    break;
                case "application_name":
                    parts.ApplicationName = value;
                    break;
                case "connect_timeout":
                    parts.Timeout = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case "pgbouncer" or "pool_timeout" or "schema" or "connection_limit":
                    // Other clients' words for what is always so here.
                    break;
                default:
                    parts[name] = value;
                    break;
            }
        }

        return parts;
    }
}
