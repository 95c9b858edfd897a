using System.Text.RegularExpressions;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Support;

/// <summary>The database of the app that the tool fills: its tables, workspaces and the logins that its owners give out.</summary>
internal static partial class AppSchema
{
    /// <summary>The app's tables with vectors of a type.</summary>
    public static string Tables(string embeddingType = "real[]")
    {
        var text = Read("schema.sql");
        if (!embeddingType.StartsWith("vector", StringComparison.Ordinal))
        {
            text = VectorOnly().Replace(text, "");
        }

        var lines = text.Split('\n').Where(line => !line.Contains('\\', StringComparison.Ordinal));
        return string.Join('\n', lines).Replace(":embedding_type", embeddingType, StringComparison.Ordinal);
    }

    /// <summary>The metrics tables that the app dropped.</summary>
    public static string LegacyMetrics() => Read("legacy-metrics.sql");

    /// <summary>A bench beside the app's tables, with a workspace named The team.</summary>
    public static Task<Bench> BenchAsync(TestPostgres postgres, SimulatorOptions options, bool legacy = false) =>
        Bench.SetUpAsync(
            postgres,
            options,
            legacy ? "app with its old metrics" : "app",
            template => TestPostgres.ExecuteAsync(template, Statements(legacy, "real[]"))
        );

    /// <summary>Lays the app's tables, with a workspace named The team.</summary>
    public static async Task LayAsync(Bench bench, bool legacy = false, string embeddingType = "real[]")
    {
        foreach (var statement in Statements(legacy, embeddingType))
        {
            await bench.ExecuteAsync(statement);
        }
    }

    /// <summary>A workspace named The team, and its owner.</summary>
    public const string Workspace = """
        INSERT INTO app_users (id, github_username) VALUES ('00000000-0000-0000-0000-00000000000a', 'owner');
        INSERT INTO workspaces (name, slug, owner_id) VALUES ('The team', 'the-team', '00000000-0000-0000-0000-00000000000a');
        """;

    /// <summary>A login shaped like Supabase's <c>postgres</c>: no superuser, row-level security passed by, the right to create a schema.</summary>
    public static async Task<string> SupabaseLoginAsync(Bench bench, string options = "LOGIN BYPASSRLS CREATEROLE")
    {
        var login = await LoginAsync(bench, "supabase", options);
        await bench.ExecuteAsync(
            $"""
            GRANT CREATE ON DATABASE {bench.DatabaseName} TO {login};
            GRANT ALL ON SCHEMA public TO {login};
            GRANT ALL ON ALL TABLES IN SCHEMA public TO {login};
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {login};
            DO $$ BEGIN
              IF to_regnamespace('auth') IS NOT NULL THEN
                GRANT USAGE ON SCHEMA auth TO {login};
                GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth, public TO {login};
              END IF;
            END $$;
            """
        );
        return login;
    }

    /// <summary>A login with only the rights that <c>docs/grants.sql</c> gives.</summary>
    public static async Task<string> RestrictedLoginAsync(Bench bench, string options = "LOGIN BYPASSRLS")
    {
        var login = await LoginAsync(bench, "restricted", options);
        await bench.ExecuteAsync(Grants(login));
        return login;
    }

    /// <summary>A role shaped like Supabase's <c>service_role</c>, which cannot log in, with the rights of <c>docs/grants.sql</c>, and a login that is a member of it and has nothing else.</summary>
    /// <param name="options">Of the login.</param>
    public static async Task<(string Login, string Role)> ServiceRoleAsync(
        Bench bench,
        string options = "LOGIN NOINHERIT"
    )
    {
        var role = await LoginAsync(bench, "service", "NOLOGIN BYPASSRLS");
        await bench.ExecuteAsync(Grants(role));
        var login = await LoginAsync(bench, "member", options);
        await bench.ExecuteAsync($"GRANT {role} TO {login}");
        return (login, role);
    }

    /// <summary>The grant script for a login.</summary>
    public static string Grants(string login) =>
        File.ReadAllText(Path.Combine(Checkout.Root, "docs/grants.sql"))
            .Replace("'backfill_operator'", $"'{login}'", StringComparison.Ordinal);

    private static IEnumerable<string> Statements(bool legacy, string embeddingType) =>
        legacy ? [Tables(embeddingType), Workspace, LegacyMetrics()] : [Tables(embeddingType), Workspace];

    private static string Read(string file) =>
        File.ReadAllText(Path.Combine(Checkout.Root, "tests/Backfill.Integration.Tests/Support/AppSchema", file));

    private static async Task<string> LoginAsync(Bench bench, string name, string options)
    {
        // Roles belong to the cluster, which the tests share.
        var login = $"{name}_{bench.DatabaseName}";
        await bench.ExecuteAsync($"CREATE ROLE {login} {options}");
        return login;
    }

    [GeneratedRegex("-- if vector.*?-- end vector", RegexOptions.Singleline)]
    private static partial Regex VectorOnly();
}
