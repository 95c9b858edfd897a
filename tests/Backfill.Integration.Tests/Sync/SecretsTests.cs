using Backfill.Integration.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Sync;

/// <summary>A secret that is given to the pipeline is in no stream, log, error, history, process list or row.</summary>
public sealed class SecretsTests(TestPostgres postgres)
{
    private const string Mark = "MARKEDSECRET0123456789";

    private const string Script = """
        $ErrorActionPreference = 'Continue'
        Set-PSDebug -Off
        $all = & {
            Initialize-BackfillDatabase -Debug -Verbose
            Start-RepoSync octo/hello -Track -Debug -Verbose | Wait-RepoSync -Debug -Verbose |
                Invoke-EmbeddingBackfill -Debug -Verbose | Update-WorkspaceMetrics -Debug -Verbose | Test-BackfillCoverage -Debug -Verbose
            Measure-Backfill octo/hello -Debug -Verbose
            Get-BackfillContext -Debug -Verbose
            Get-BackfillRateLimit -Debug -Verbose
            Start-RepoSync octo/none -Track -Debug -Verbose
            Get-RepoSync -Database "Host=127.0.0.1;Port=1;Password=$env:OPENAI_API_KEY" -Debug
            Connect-Backfill -OpenAIKey "wrong$env:OPENAI_API_KEY" -OpenAIBaseUrl http://127.0.0.1:1/v1 -Debug
            Invoke-EmbeddingBackfill octo/hello -Provider Azure -Force -Confirm:$false -Debug
            Start-RepoSync octo/hello -Engine Inngest -Debug
        } *>&1
        $all | Format-List * -Force | Out-String -Width 4096
        $all | ConvertTo-Json -Depth 5 -EnumsAsStrings -WarningAction Ignore
        $Error | Format-List * -Force | Out-String -Width 4096
        $Error | ForEach-Object { $_.Exception.ToString(); $_.ScriptStackTrace; "$($_.TargetObject)" }
        Get-History | Format-List * | Out-String -Width 4096
        foreach ($file in Get-ChildItem /proc/*/cmdline -ErrorAction Ignore) { try { [IO.File]::ReadAllText($file) } catch [IO.IOException] { } }
        'THE END'
        """;

    [Fact]
    public async Task A_marked_secret_of_every_setting_is_found_nowhere()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        await using var provider = new FakeOpenAI();
        var folder = Directory.CreateTempSubdirectory("backfill-secrets-").FullName;
        var (script, log) = (Path.Combine(folder, "all.ps1"), Path.Combine(folder, "all.log"));
        await File.WriteAllTextAsync(script, Script, TestContext.Current.CancellationToken);
        var database = new NpgsqlConnectionStringBuilder(bench.ConnectionString) { Password = $"pw{Mark}" };

        using var host = bench.Script(
            ["-File", script],
            ("BACKFILL_DATABASE_URL", database.ConnectionString),
            ("BACKFILL_LOG", log),
            ("GITHUB_TOKEN", $"ghp_{Mark}"),
            ("OPENAI_BASE_URL", provider.Address.AbsoluteUri),
            ("OPENAI_API_KEY", $"sk-{Mark}"),
            ("AZURE_OPENAI_ENDPOINT", "http://127.0.0.1:1/"),
            ("AZURE_OPENAI_API_KEY", $"az{Mark}"),
            ("SUPABASE_URL", "http://127.0.0.1:1/"),
            ("SUPABASE_SERVICE_ROLE_KEY", $"sb{Mark}"),
            ("INNGEST_EVENT_KEY", $"ev{Mark}"),
            ("INNGEST_SIGNING_KEY", $"signkey-test-{Mark}"),
            ("INNGEST_BASE_URL", "http://127.0.0.1:1/")
        );
        await host.WaitAsync();

        Assert.Contains("THE END", host.Output);
        Assert.Contains("GitHub GraphQL: status 200", host.Output);
        Assert.Contains(provider.Calls, call => call.Authorization == $"Bearer sk-{Mark}");
        AssertUnmarked("the output", host.Output);
        AssertUnmarked("the error output", host.Errors);
        var logged = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        Assert.Contains("RunId", logged);
        AssertUnmarked("the log", logged);
        Assert.Empty(await MarkedTablesAsync(bench));
        Directory.Delete(folder, recursive: true);
    }

    private static void AssertUnmarked(string where, string text)
    {
        var at = text.IndexOf(Mark, StringComparison.Ordinal);
        Assert.True(
            at < 0,
            at < 0 ? "" : $"{where} has a secret: {text[Math.Max(0, at - 200)..Math.Min(text.Length, at + 60)]}"
        );
    }

    private static async Task<IReadOnlyList<string>> MarkedTablesAsync(Bench bench)
    {
        var names = await bench.TextAsync(
            "SELECT string_agg(format('%I.%I', schemaname, tablename), ',') FROM pg_tables WHERE schemaname IN ('public', 'backfill')"
        );
        var marked = new List<string>();
        foreach (var name in names.Split(','))
        {
            if (await bench.CountAsync($"SELECT count(*) FROM {name} t WHERE t::text LIKE '%{Mark}%'") > 0)
            {
                marked.Add(name);
            }
        }

        return marked;
    }
}
