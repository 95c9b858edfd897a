using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;

namespace Backfill.Integration.Tests.Worker;

/// <summary>The two commands of the README's section about the worker, as a reader runs them in a checkout that is built.</summary>
public sealed partial class WorkerReadmeTests(TestPostgres postgres)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_two_commands_sync_a_repository_that_the_worker_then_proves()
    {
        await using var bench = await WorkerBench.SetUpAsync(postgres, count: 0);
        var commands = await CommandsAsync();
        Assert.Equal(2, commands.Length);
        (string, string)[] variables =
        [
            .. bench.Environment.Select(variable => (variable.Key, variable.Value)),
            ("ASPNETCORE_URLS", $"http://127.0.0.1:{bench.Port(0)}"),
        ];

        using var worker = HostProcess.Start(commands[0], variables, program: "run");
        while (bench.Inngest.Registrations.IsEmpty)
        {
            Assert.False(worker.HasExited, worker.Output);
            await Task.Delay(20, Token);
        }

        var result = await HostProcess.RunAsync(commands[1], variables, program: "run");
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.Contains("Completed", result.Output);
        await bench.AssertRowsAsOfLocalRunAsync(postgres);

        var proof = await bench.Inngest.RunAsync(
            WorkerBench.Sync,
            new JsonObject
            {
                ["repository"] = WorkerBench.Repository,
                ["embed"] = true,
                ["measure"] = true,
                ["prove"] = true,
            }
        );

        WorkerSyncTests.AssertState(proof, "Completed");
        Assert.Equal("[]", proof.Output!["prove"]!["failed"]!.ToJsonString());
        Assert.InRange(proof.Output["prove"]!["passed"]!.GetValue<int>(), 30, 100);
        bench.AssertNothingViolated();
    }

    // The arguments of each command behind "dotnet run".
    private static async Task<string[][]> CommandsAsync()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "README.md"), Token);
        var section = text[text.IndexOf("## Beyond one machine", StringComparison.Ordinal)..];
        var configuration = Directory.GetParent(AppContext.BaseDirectory)!.Parent!.Name;
        return
        [
            .. Block()
                .Match(section)
                .Groups["lines"]
                .Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line =>
                    (string[])
                        [
                            "--no-build",
                            "--configuration",
                            configuration,
                            .. Argument().Matches(line).Skip(2).Select(argument => argument.Value.Trim('\'')),
                        ]
                ),
        ];
    }

    [GeneratedRegex("```\n(?<lines>(dotnet run .*\n)+)```")]
    private static partial Regex Block();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Argument();
}
