using System.Globalization;
using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Sets one option of a connection, by Npgsql's name or by that of another client.</summary>
internal static class ConnectionOption
{
    private const string Modes = "disable, allow, prefer, require, no-verify, verify-ca or verify-full";

    // Options of other clients that name what this tool always does, or what the driver finds out by itself.
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

    // libpq's names where they differ from Npgsql's.
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["user"] = "Username",
        ["dbname"] = "Database",
        ["hostaddr"] = "Host",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["target_session_attrs"] = "Target Session Attributes",
        ["channel_binding"] = "Channel Binding",
    };

    // Settings of the server that other clients take as options of their own. Npgsql takes them in Options.
    private static readonly HashSet<string> ServerSettings = new(StringComparer.OrdinalIgnoreCase)
    {
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
    };

    private static readonly HashSet<string> Passwords = new(StringComparer.OrdinalIgnoreCase)
    {
        "password",
        "pwd",
        "psw",
    };

    /// <summary>Sets each option of a list.</summary>
    /// <exception cref="ConnectionFault">There is no such option, or the option does not take this value.</exception>
    public static void SetAll(NpgsqlConnectionStringBuilder parts, IEnumerable<(string Key, string Value)> options)
    {
        var afterPassword = false;
        foreach (var (key, value) in options)
        {
            if (afterPassword && !IsKnown(parts, key))
            {
                // The name may be a piece of the password, so the message does not show it.
                throw new ConnectionFault(
                    "it has an unknown option after the password. A password that holds a semicolon, an ampersand or a space has to be in quotation marks, or percent-encoded in a URI."
                );
            }

            Set(parts, key, value);
            afterPassword |= Passwords.Contains(key);
        }
    }

    /// <summary>Reads a number.</summary>
    /// <exception cref="ConnectionFault">The text is no number.</exception>
    public static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and < 65_536
            ? number
            : throw new ConnectionFault($"its {name} is not a number from 1 to 65535.");

    private static bool IsKnown(NpgsqlConnectionStringBuilder parts, string name) =>
        Ignored.Contains(name)
        || ServerSettings.Contains(name)
        || name.Equals("ssl", StringComparison.OrdinalIgnoreCase)
        || parts.ContainsKey(Renamed.GetValueOrDefault(name, name));

    private static void Set(NpgsqlConnectionStringBuilder parts, string name, string value)
    {
        if (Ignored.Contains(name))
        {
            return;
        }

        if (ServerSettings.Contains(name))
        {
            SetServerSetting(parts, name.ToLowerInvariant(), value);
            return;
        }

        switch (name.ToUpperInvariant())
        {
            case "SSLMODE" or "SSL MODE":
                parts.SslMode = Mode(value);
                return;
            // node-postgres and asyncpg write true or false, or a mode.
            case "SSL":
                parts.SslMode = value.ToUpperInvariant() switch
                {
                    "TRUE" or "1" => SslMode.Require,
                    "FALSE" or "0" => SslMode.Disable,
                    _ => Mode(value),
                };
                return;
            case "PORT":
                parts.Port = Number("port", value);
                return;
            default:
                SetByName(parts, name, value);
                return;
        }
    }

    // no-verify is node-postgres's word for encryption without a check of the certificate. libpq's word for it is require.
    private static SslMode Mode(string value)
    {
        var text = value.Replace("-", "", StringComparison.Ordinal);
        return string.Equals(text, "noverify", StringComparison.OrdinalIgnoreCase) ? SslMode.Require
            : Enum.TryParse<SslMode>(text, ignoreCase: true, out var mode) && Enum.IsDefined(mode) ? mode
            : throw new ConnectionFault($"its sslmode is none of {Modes}.");
    }

    private static void SetServerSetting(NpgsqlConnectionStringBuilder parts, string name, string value)
    {
        if (value.Length == 0 || value.Any(character => !char.IsAsciiLetterOrDigit(character)))
        {
            throw new ConnectionFault($"its {name} is not a time such as 60000 (milliseconds) or 60s.");
        }

        parts.Options = $"{parts.Options} -c {name}={value}".Trim();
    }

    private static void SetByName(NpgsqlConnectionStringBuilder parts, string name, string value)
    {
        var known = Renamed.GetValueOrDefault(name, name);
        if (!parts.ContainsKey(known))
        {
            throw new ConnectionFault($"it has the option '{name}', which is not known.");
        }

        try
        {
            parts[known] = value;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or OverflowException)
        {
            // The message of the cause may have the value, so it is not kept.
            throw new ConnectionFault($"its option '{name}' does not take this value.");
        }
    }
}
