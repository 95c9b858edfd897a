using Backfill.Integration.Tests.Support;
using Backfill.Simulation;
using Npgsql;

namespace Backfill.Integration.Tests.Sync;

/// <summary>A sync that ends with its process, in the real PowerShell: the screen and the row say so at once.</summary>
public sealed class ProcessEndTests(TestPostgres postgres)
{
    private const string Told = "The sync of octo/hello was interrupted, because its process ended before it did.";
    private const string States = "SELECT coalesce(string_agg(state, ','), '') FROM backfill.sync_run";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Start-RepoSync octo/hello -Track | Out-Null", 1)]
    [InlineData("Start-RepoSync octo/hello -Track | Out-Null; exit 3", 3)]
    [InlineData("Start-RepoSync octo/hello -Track | Out-Null; Remove-Module Backfill", 1)]
    public async Task A_command_that_ends_before_its_sync_says_so_and_does_not_succeed(string command, int exitCode)
    {
        await using var bench = await Bench.SetUpHeldAsync(postgres);

        using var shell = bench.PowerShell(command);

        Assert.Equal(exitCode, await shell.WaitAsync());
        Assert.Contains(Told, shell.Errors);
        Assert.Equal("Interrupted", await bench.TextAsync(States));
        await CompleteAsync(bench);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_that_ends_the_process_interrupts_its_sync(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        using var shell = bench.PowerShell("Start-RepoSync octo/hello -Track | Wait-RepoSync");
        while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
        {
            Assert.False(shell.HasExited, shell.Errors);
            await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
        }

        await shell.SignalAsync(signal);

        Assert.Equal(exitCode, await shell.WaitAsync());
        Assert.Contains(Told, shell.Errors);
        Assert.Equal("Interrupted", await bench.TextAsync(States));
        await CompleteAsync(bench);
    }

    [Fact]
    public async Task A_signal_also_interrupts_a_sync_that_a_repair_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var bench = await Bench.SetUpHeldAsync(postgres);
        // The stored part misses what a whole run has, so that a check fails and its repair is a sync.
        await bench.RegisterAsync("octo/hello", null);
        using var shell = bench.PowerShell("Test-BackfillCoverage octo/hello -Repair -Confirm:$false");
        while (await bench.CountAsync("SELECT count(*) FROM pull_requests") == 0)
        {
            Assert.False(shell.HasExited, shell.Errors);
            await Task.Delay(TimeSpan.FromMilliseconds(10), Token);
        }

        await shell.SignalAsync("TERM");

        Assert.Equal(143, await shell.WaitAsync());
        Assert.Contains(Told, shell.Errors);
        Assert.Equal("Interrupted", await bench.TextAsync(States));
    }

    [Fact]
    public async Task A_job_with_Wait_ends_with_its_sync()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });
        var manifest = Path.Combine(Checkout.Root, "Backfill.psd1");

        using var shell = bench.PowerShell(
            $"Start-Job {{ Import-Module '{manifest}'; Start-RepoSync octo/hello -Track -Wait }} | Receive-Job -Wait -AutoRemoveJob | ForEach-Object {{ \"$($_.State)\" }}"
        );

        Assert.True(await shell.WaitAsync() == 0, shell.Errors);
        Assert.Equal("Completed\n", shell.Output);
        Assert.Equal("Completed", await bench.TextAsync(States));
    }

    [Fact]
    public async Task A_process_that_cannot_reach_its_database_any_more_ends_all_the_same()
    {
        await using var bench = await Bench.SetUpHeldAsync(postgres);

        using var shell = bench.PowerShell(
            "Start-RepoSync octo/hello -Track | Out-Null; [Console]::Out.WriteLine('started'); [void] [Console]::In.ReadLine()",
            input: null
        );
        await shell.SaysAsync("started");
        await using (var server = new NpgsqlConnection(bench.ConnectionString.Replace(bench.DatabaseName, "postgres")))
        {
            await server.OpenAsync(Token);
            await using var close = new NpgsqlCommand(
                $"ALTER DATABASE {bench.DatabaseName} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{bench.DatabaseName}'",
                server
            );
            await close.ExecuteNonQueryAsync(Token);
        }

        shell.CloseInput();

        Assert.Equal(1, await shell.WaitAsync());
        Assert.Contains(Told, shell.Errors);
    }

    [Fact]
    public async Task With_Wait_the_process_stays_until_the_sync_has_ended()
    {
        await using var bench = await Bench.SetUpAsync(postgres, new SimulatorOptions { PullRequests = 12 });

        using var shell = bench.PowerShell("(Start-RepoSync octo/hello -Track -Wait).State");

        Assert.True(await shell.WaitAsync() == 0, shell.Errors);
        Assert.Equal("Completed\n", shell.Output);
        Assert.DoesNotContain("interrupted", shell.Errors);
    }

    private static async Task CompleteAsync(Bench bench)
    {
        bench.GitHub.Reset();
        Assert.Equal(RunState.Completed, (await bench.SyncAsync("octo/hello")).State);
        Assert.Equal(300, await bench.CountAsync("SELECT count(*) FROM pull_requests"));
    }
}
