using System.ComponentModel;
using System.Diagnostics;

namespace Backfill.Integration.Tests.Support;

/// <summary>A copy of a folder of scripts with what its <c>package.json</c> names, fetched through the npm client.</summary>
internal sealed class NpmFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("backfill-npm-");
    private string? missing;

    /// <summary>Copies and fetches; what a machine lacks is an error where <c>CI=true</c>.</summary>
    /// <param name="source">Relative to the tests' output.</param>
    /// <param name="what">What is fetched, for the reason why a test is skipped.</param>
    public static async Task<NpmFolder> InstallAsync(string source, string what)
    {
        var npm = new NpmFolder();
        foreach (var file in new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, source)).GetFiles())
        {
            file.CopyTo(Path.Combine(npm.folder.FullName, file.Name));
        }

        using var install = npm.TryStart(
            "npm",
            "install",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--loglevel=error"
        );
        if (install is null)
        {
            npm.missing = $"npm was not found, which {what} comes from.";
        }
        else
        {
            var errors = install.StandardError.ReadToEndAsync();
            await install.StandardOutput.ReadToEndAsync();
            await install.WaitForExitAsync();
            npm.missing = install.ExitCode == 0 ? null : $"npm could not fetch {what}: {await errors}";
        }

        Assert.False(npm.missing is not null && Environment.GetEnvironmentVariable("CI") == "true", npm.missing);
        return npm;
    }

    /// <summary>Starts one of the scripts; skips the test where it was not fetched.</summary>
    public Process Node(params string[] arguments) => Node(arguments, []);

    /// <summary>Starts one of the scripts with environment variables.</summary>
    public Process Node(string[] arguments, params (string Name, string Value)[] variables)
    {
        Assert.SkipWhen(missing is not null, missing ?? "");
        return TryStart("node", arguments, variables)!;
    }

    public void Dispose() => folder.Delete(recursive: true);

    private Process? TryStart(string program, params string[] arguments) => TryStart(program, arguments, []);

    private Process? TryStart(string program, string[] arguments, (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start);
        }
        catch (Win32Exception)
        {
            // Not on this machine: the caller says what is missing.
            return null;
        }
    }
}
