using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Backfill.Integration.Tests.Support;
using Backfill.Integration.Tests.Worker.Executor;

namespace Backfill.Integration.Tests.Worker;

/// <summary>Functions of Inngest's own SDK, served by node, and the executor that calls them.</summary>
public sealed class SdkFunctions : IAsyncLifetime
{
    private NpmFolder? npm;
    private Process? process;
    private InngestExecutor? executor;

    public async ValueTask InitializeAsync() => npm = await NpmFolder.InstallAsync("Worker/Sdk", "Inngest's SDK");

    public async ValueTask DisposeAsync()
    {
        if (executor is not null)
        {
            await executor.DisposeAsync();
        }

        if (process is not null)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        npm?.Dispose();
    }

    /// <summary>The executor, once the SDK has registered its functions.</summary>
    internal async Task<InngestExecutor> RegisterAsync()
    {
        if (executor is not null)
        {
            return executor;
        }

        executor = await InngestExecutor.StartAsync(
            new ExecutorOptions
            {
                Key = null,
                NamesFunction = false,
                Shorten = wait => wait / 20,
            }
        );
        process = npm!.Node(["serve.mjs"], ("INNGEST_DEV", executor.Url.AbsoluteUri.TrimEnd('/')));
        var port = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await http.PutAsync(
            new Uri($"http://127.0.0.1:{port}/api/inngest"),
            body,
            TestContext.Current.CancellationToken
        );
        Assert.True(
            executor.Registrations.Count == 1,
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        return executor;
    }
}

/// <summary>The executor drives functions of a program that nobody here wrote, so it is itself proven before it judges the worker.</summary>
public sealed class ExecutorTests(SdkFunctions sdk) : IClassFixture<SdkFunctions>
{
    [Theory]
    [InlineData("steps", """{"second":3,"tries":3,"loop":[0,1,2]}""", 9)]
    [InlineData("parallel", """{"sum":3,"last":3}""", 6)]
    [InlineData("invoke", """{"doubled":42}""", 2)]
    public async Task The_SDK_gets_its_steps_sleeps_retries_and_invocations(string function, string output, int calls)
    {
        var executor = await sdk.RegisterAsync();

        var run = await executor.RunAsync($"sdk/{function}", new JsonObject { ["n"] = 1 });

        Assert.Equal("Completed", run.Status);
        Assert.Equal(output, run.Output!.ToJsonString());
        Assert.InRange(run.Calls, 1, calls);
        Assert.Empty(executor.Violations);
    }

    [Fact]
    public async Task The_SDK_gets_the_event_that_it_waits_for_and_nothing_after_its_time()
    {
        var executor = await sdk.RegisterAsync();
        var run = Assert.Single(
            executor.Send(
                new JsonObject
                {
                    ["name"] = "sdk/wait",
                    ["data"] = new JsonObject { ["k"] = 7 },
                }
            )
        );
        while (!executor.IsWaiting(run))
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        foreach (var k in (int[])[8, 7])
        {
            executor.Send(
                new JsonObject
                {
                    ["name"] = "sdk/answer",
                    ["data"] = new JsonObject { ["k"] = k, ["word"] = $"for {k}" },
                }
            );
        }

        await executor.WaitAsync(run);
        Assert.Equal("""{"met":"for 7","missed":null}""", run.Output!.ToJsonString());
    }

    [Fact]
    public async Task The_SDK_ends_a_run_at_once_by_an_error_that_no_retry_helps()
    {
        var executor = await sdk.RegisterAsync();

        var run = await executor.RunAsync("sdk/final", []);

        Assert.Equal("Failed", run.Status);
        Assert.Contains("never", run.Output!.ToJsonString());
        Assert.InRange(run.Calls, 1, 2);
    }
}
