using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Backfill.Core.Tests.Simulation;

/// <summary>GitHub's public schema, from the npm package, installed on demand beside the tests.</summary>
internal static class PublicSchema
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "GitHubSimulator", "github-schema");
    private static readonly Task<string?> Installed = InstallAsync();

    /// <summary>The SDL; skips the test where it cannot be had, and fails it where CI says that it must be.</summary>
    public static async Task<string> ReadAsync()
    {
        await RequireAsync();
        return await File.ReadAllTextAsync(
            Path.Combine(Folder, "node_modules", "@octokit", "graphql-schema", "schema.graphql"),
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>The errors of each query, by the reference implementation of GraphQL.</summary>
    public static async Task<IReadOnlyList<string[]>> ValidateAsync(IEnumerable<string> queries)
    {
        await RequireAsync();
        var (code, output, errors) = await RunAsync("node", ["validate.mjs"], JsonSerializer.Serialize(queries));
        Assert.True(code == 0, errors);
        return JsonSerializer.Deserialize<List<string[]>>(output)!;
    }

    private static async Task RequireAsync()
    {
        Assert.True(Directory.Exists(Folder), $"The build did not copy {Folder}.");
        if (await Installed is not { } missing)
        {
            return;
        }

        Assert.False(Environment.GetEnvironmentVariable("CI") == "true", missing);
        Assert.Skip(missing);
    }

    // Null, or why it could not be installed.
    private static async Task<string?> InstallAsync()
    {
        try
        {
            var npm = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
            var (code, _, errors) = await RunAsync(
                npm,
                ["ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"],
                ""
            );
            return code == 0 ? null : $"npm could not install GitHub's schema: {errors}";
        }
        catch (Win32Exception)
        {
            return "npm is not installed, and GitHub's public schema comes from there.";
        }
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(
        string program,
        string[] arguments,
        string input
    )
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
