using System.Reflection;
using System.Reflection.Emit;
using Backfill.Module.Tests.Support;

namespace Backfill.Module.Tests;

/// <summary>The staged module, imported by another process as an operator imports it.</summary>
public sealed class ModuleTests
{
    // Nobody listens on port 1: the engine and its own Npgsql are loaded, and say so.
    private const string Unreachable = "Get-RepoSync -ErrorAction SilentlyContinue; $Error[0].FullyQualifiedErrorId";

    private static readonly (string, string)[] NoDatabase =
    [
        ("BACKFILL_DATABASE_URL", "postgresql://nobody:nothing@127.0.0.1:1/none"),
    ];

    private static string Manifest => Path.Combine(Checkout.Root, "Backfill.psd1");

    [Fact]
    public async Task ItIsImportedTwiceAndFromAnyFolder()
    {
        using var folder = new TemporaryFolder();

        var result = await HostProcess.RunAsync(
            $"Import-Module '{Manifest}' -Force; {Unreachable}; Import-Module '{Manifest}' -Force; {Unreachable}; (Get-Command -Module Backfill).Count",
            NoDatabase,
            folder: folder.Path
        );

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 3, $"{result}");
        Assert.All(lines[..2], line => Assert.StartsWith("DatabaseUnavailable", line));
        Assert.Equal("14", lines[2]);
    }

    [Fact]
    public async Task ItWorksFromAFolderThatHoldsNothingElse()
    {
        using var folder = new TemporaryFolder();
        var host = Path.Combine(folder.Path, "host");
        var module = Path.Combine(host, "Backfill");
        Copy(Path.GetDirectoryName(HostProcess.Program)!, host);
        Copy(Path.Combine(Checkout.Root, "bin"), Path.Combine(module, "bin"));
        File.Copy(Manifest, Path.Combine(module, "Backfill.psd1"));

        var result = await HostProcess.RunAsync(
            ["-Command", $"(Get-Module Backfill).ModuleBase; {Unreachable}; (Get-Help Start-RepoSync).Synopsis"],
            NoDatabase,
            folder: folder.Path,
            program: Path.Combine(host, Path.GetFileName(HostProcess.Program))
        );

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 3, $"{result}");
        Assert.Equal(module, lines[0]);
        Assert.StartsWith("DatabaseUnavailable", lines[1]);
        Assert.StartsWith("Starts", lines[2]);
    }

    [Fact]
    public async Task ItWorksBesideForeignPackagesAndKeepsItsOwnToItself()
    {
        using var folder = new TemporaryFolder();
        string[] names =
        [
            "Npgsql",
            "Octokit",
            "Polly.Core",
            "Microsoft.Extensions.Http",
            "Microsoft.Extensions.Logging.Abstractions",
        ];
        var load = string.Join(
            "; ",
            names.Select(name => $"[void] [Reflection.Assembly]::LoadFrom('{Foreign(folder, name)}')")
        );

        var result = await HostProcess.RunAsync(
            $"{load}; {Unreachable}; "
                + "[Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.ForEach{ $_.GetName() }"
                + ".Where{ $_.Name -match '^(Npgsql|Octokit|Polly|Microsoft\\.Extensions|dbup)' }.ForEach{ \"$($_.Name) $($_.Version)\" }; "
                + "[AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'Npgsql' }.Count",
            NoDatabase
        );

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == names.Length + 2, $"{result}");
        Assert.StartsWith("DatabaseUnavailable", lines[0]);
        Assert.Equal(names.Select(name => $"{name} 1.0.0.0").Order(), lines[1..^1].Order());
        Assert.Equal("2", lines[^1]);
    }

    [Fact]
    public async Task WhatAUserHoldsCanBeNamedAtOnce()
    {
        var result = await HostProcess.RunAsync("[Backfill.RunState]::Completed; [Backfill.RepoSync].Name");

        Assert.Equal("Completed\nRepoSync\n", result.Output);
        Assert.Equal(0, result.ExitCode);
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    // An assembly of a package's name that has nothing in it: whoever bound to it would not find a single type.
    private static string Foreign(TemporaryFolder folder, string name)
    {
        var assembly = new PersistedAssemblyBuilder(
            new AssemblyName(name) { Version = new Version(1, 0, 0, 0) },
            typeof(object).Assembly
        );
        assembly.DefineDynamicModule(name).DefineType($"Foreign.{name}", TypeAttributes.Public).CreateType();
        var file = Path.Combine(folder.Path, $"{name}.dll");
        assembly.Save(file);
        return file;
    }
}
