using System.Text.RegularExpressions;

namespace Backfill;

public static partial class SettingsResolution
{
    /// <summary>The variables with the connection string of the database. The first one that is set wins.</summary>
    public static readonly IReadOnlyList<string> DatabaseVariables =
    [
        "BACKFILL_DATABASE_URL",
        "SUPABASE_DB_URL",
        "DATABASE_URL",
    ];

    /// <summary>The variables with the address of a Supabase project. The first one that is set wins. Together with <see cref="SupabasePasswordVariable"/> it gives the database.</summary>
    public static readonly IReadOnlyList<string> SupabaseUrlVariables = ["SUPABASE_URL", "VITE_SUPABASE_URL"];

    /// <summary>The variable with the password of a Supabase project's <c>postgres</c> login.</summary>
    public const string SupabasePasswordVariable = "SUPABASE_DB_PASSWORD";

    // A role is one of the database that is named with it, or below it. The private server has one login, which may do everything.
    private static BackfillSettings WithDatabase(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var placed = WithPlace(settings, layers, environment, sources);
        if (placed.Local)
        {
            return placed;
        }

        var named = Array.FindIndex(layers, layer => layer.Given?.Database is not null);
        return placed with
        {
            DatabaseRole = First(
                named < 0 ? layers : layers[..(named + 1)],
                given => given.DatabaseRole,
                environment,
                named < 0 ? ["BACKFILL_DATABASE_ROLE"] : [],
                nameof(BackfillSettings.DatabaseRole),
                sources
            ),
        };
    }

    // A connection and -Local exclude each other: whichever the higher layer names wins.
    private static BackfillSettings WithPlace(
        BackfillSettings settings,
        (string Source, BackfillSettings? Given)[] layers,
        Func<string, string?> environment,
        Dictionary<string, string> sources
    )
    {
        var folder = First(
            layers,
            given => given.LocalFolder,
            environment,
            ["BACKFILL_LOCAL_FOLDER"],
            nameof(BackfillSettings.LocalFolder),
            sources
        );
        settings = settings with { LocalFolder = folder };
        foreach (var (source, given) in layers)
        {
            if (given is { Local: true })
            {
                sources[nameof(BackfillSettings.Local)] = source;
                return settings with { Local = true };
            }

            if (given?.Database is not null)
            {
                sources[nameof(BackfillSettings.Database)] = source;
                return settings with { Database = given.Database };
            }
        }

        if (FirstVariable(environment, DatabaseVariables) is { } found)
        {
            sources[nameof(BackfillSettings.Database)] = found.Name;
            return settings with { Database = new Secret(found.Value) };
        }

        if (
            FirstVariable(environment, SupabaseUrlVariables) is { } project
            && FirstVariable(environment, [SupabasePasswordVariable]) is { } password
        )
        {
            sources[nameof(BackfillSettings.Database)] = $"{project.Name} and {SupabasePasswordVariable}";
            return settings with { Database = SupabaseDatabase(project, password.Value) };
        }

        return settings;
    }

    // Supabase's direct host has the project's reference in its name and accepts nothing without TLS.
    private static Secret SupabaseDatabase((string Name, string Value) project, string password)
    {
        var match = SupabaseProject().Match(project.Value);
        return match.Success
            ? new Secret(
                $"postgresql://postgres:{Uri.EscapeDataString(password)}@db.{match.Groups["project"].Value}.supabase.co:5432/postgres?sslmode=require"
            )
            : throw Malformed(
                project.Name,
                "is not https://<project>.supabase.co, so the database's host cannot be told from it.",
                "Set BACKFILL_DATABASE_URL to the connection string that the project shows under Connect."
            );
    }

    [GeneratedRegex(
        @"^https://(?<project>[a-z0-9]+)\.supabase\.co/?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SupabaseProject();
}
