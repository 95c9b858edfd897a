using System.Diagnostics;
using System.Net;
using Backfill.Simulation;

namespace Backfill.Core.Tests.Simulation;

public sealed class ProgramTests
{
    [Fact]
    public async Task The_simulator_prints_its_address_and_ends_with_its_standard_input()
    {
        var ready = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.url");
        using var process = Start(
            "--generate",
            "24",
            "--repository",
            "some/where",
            "--token",
            "t",
            "--fault",
            "http-500@1",
            "--ready-file",
            ready,
            "--exit-with-stdin"
        );
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("listening on http://127.0.0.1:", line, StringComparison.Ordinal);
            var url = new Uri(line!["listening on ".Length..]);
            async Task<Reply> Get(string path)
            {
                var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, path));
                request.Headers.Add("Authorization", "Bearer t");
                return await SimulatorCalls.SendAsync(request);
            }

            Assert.Equal(HttpStatusCode.InternalServerError, (await Get("repos/some/where")).Status);
            Assert.Equal(24, (await Get("repos/some/where/pulls?state=all&per_page=100")).Json.GetArrayLength());
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
            Assert.Equal(url.ToString(), await File.ReadAllTextAsync(ready, TestContext.Current.CancellationToken));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            File.Delete(ready);
        }
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--port", "many")]
    [InlineData("--seed")]
    [InlineData("--fault", "no-such-fault")]
    [InlineData("--shape", "no-such-shape")]
    public async Task A_wrong_flag_ends_it_with_a_reason(params string[] arguments)
    {
        using var process = Start(arguments);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("--ready-file", errors, StringComparison.Ordinal);
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo("dotnet", [typeof(GitHubSimulator).Assembly.Location, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
}
