using Npgsql;

namespace Backfill.Core.Postgres;

/// <summary>Reads a connection setting in every form that clients and providers use, and adds what a pooler in transaction mode needs.</summary>
internal static class ConnectionText
{
    private const string Variable = "BACKFILL_DATABASE_URL";

    /// <summary>Returns Npgsql's form of the setting.</summary>
    /// <param name="setting">A URI, Npgsql's form (<c>Host=...;Username=...</c>) or libpq's (<c>host=... user=...</c>).</param>
    /// <param name="name">How the user gave the setting, for the error.</param>
    /// <exception cref="BackfillException"><see cref="ErrorIds.SettingMalformed"/>: the setting cannot be read. The error names the part, never its value.</exception>
    public static string Parse(Secret setting, string name = Variable)
    {
        try
        {
            var parts = Read(WithoutQuotes(setting.Reveal().Trim()));
            if (string.IsNullOrEmpty(parts.Host))
            {
                throw new ConnectionFault("it names no host.");
            }

            RequireProjectInUser(parts, name);
            // Of several hosts, the tool needs the one that takes writes.
            if (parts.Host.Contains(',', StringComparison.Ordinal))
            {
                parts.TargetSessionAttributes ??= "read-write";
            }

            // A pooler keeps no session, so DISCARD at close and prepared statements would fail behind it.
            parts.NoResetOnClose = true;
            parts.MaxAutoPrepare = 0;
            parts.Enlist = false;
            parts.ApplicationName ??= "backfill";
            return parts.ConnectionString;
        }
        catch (ConnectionFault fault)
        {
            throw new BackfillException(
                ErrorIds.SettingMalformed,
                ErrorKind.Setting,
                $"The connection string in {name} cannot be read: {fault.Message}",
                "Write postgresql://user:password@host:5432/database (special characters in the password percent-encoded) or Host=...;Username=...;Password=...;Database=...",
                name
            );
        }
    }

    /// <summary>Returns host, port, database and user of the setting, without the password.</summary>
    public static string Describe(Secret setting, string name = Variable) =>
        Describe(new NpgsqlConnectionStringBuilder(Parse(setting, name)));

    /// <summary>Returns host, port, database and user, without the password.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder parts)
    {
        // Each of several hosts has its own port.
        var port = parts.Host?.Contains(',', StringComparison.Ordinal) == true ? "" : $":{parts.Port}";
        return $"{parts.Username}@{parts.Host}{port}/{parts.Database}";
    }

    private static NpgsqlConnectionStringBuilder Read(string text)
    {
        if (text.Length == 0)
        {
            throw new ConnectionFault("it is empty.");
        }

        if (SettingJudgement.CharacterName(text[0]) is { } character)
        {
            throw new ConnectionFault($"it begins with {character}.");
        }

        if (ConnectionUri.Scheme(text) is { } scheme)
        {
            return ConnectionUri.Read(text, scheme);
        }

        var parts = new NpgsqlConnectionStringBuilder();
        ConnectionOption.SetAll(parts, ConnectionPairs.Read(text));
        return parts;
    }

    // Shells and files with variables often leave the quotation marks around the text.
    private static string WithoutQuotes(string text) =>
        text.Length > 1 && text[0] is '"' or '\'' && text[^1] == text[0] ? text[1..^1].Trim() : text;

    // One host of Supabase's pooler serves many projects. The name of the user says which project is meant.
    private static void RequireProjectInUser(NpgsqlConnectionStringBuilder parts, string name)
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
                name
            );
        }
    }
}

/// <summary>Says why a connection string cannot be read. The message names the part, and never its value.</summary>
internal sealed class ConnectionFault(string message) : Exception(message);
