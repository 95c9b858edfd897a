using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Backfill.Module.Tests.Support;

namespace Backfill.Module.Tests;

/// <summary>The packages that people install.</summary>
public sealed partial class PackageTests(InstalledModule module)
{
    private const long MostBytes = 12 * 1024 * 1024;

    [Fact]
    public void The_installed_module_does_the_main_job() =>
        Assert.Matches(
            @"^octo/hello: [\d,]+ rows proven field by field, 0 differ; last read \d+ seconds? ago\.\n\d{2} checks, 0 failed\n$",
            module.MainJob.Output
        );

    [Fact]
    public void The_module_is_small_and_leaves_the_natives_to_their_own_package()
    {
        var packages = Directory.GetFiles(module.Packages, "*.nupkg").Select(Path.GetFileName).Order();

        Assert.Equal(
            [
                $"Backfill.{InstalledModule.Version}-preview1.nupkg",
                $"Backfill.OnnxRuntime.{InstalledModule.Version}-preview1.nupkg",
            ],
            packages
        );
        Assert.InRange(new FileInfo(Package("Backfill")).Length, 1, MostBytes);
        Assert.DoesNotContain(Entries("Backfill"), name => name.Contains("runtimes/", StringComparison.Ordinal));
        Assert.Contains("runtimes/linux-x64/native/libonnxruntime.so", Entries("Backfill.OnnxRuntime"));
        Assert.Contains("LICENSE", Entries("Backfill.OnnxRuntime"));
    }

    [Fact]
    public void The_package_holds_no_script_that_needs_the_checkout()
    {
        var examples = Entries("Backfill")
            .Where(name => name.StartsWith("docs/examples/", StringComparison.Ordinal))
            .ToArray();

        Assert.Contains("docs/examples/scheduled-task.ps1", examples);
        Assert.DoesNotContain("docs/examples/quickstart.ps1", examples);
    }

    [Fact]
    public void Every_link_between_the_packaged_pages_leads_somewhere()
    {
        foreach (var page in Directory.EnumerateFiles(module.Unpacked, "*.md", SearchOption.AllDirectories))
        {
            Assert.All(
                Link().Matches(File.ReadAllText(page)).Select(link => link.Groups[1].Value),
                link =>
                {
                    var target = Path.Combine(Path.GetDirectoryName(page)!, link);
                    Assert.True(File.Exists(target) || Directory.Exists(target), $"{page}: {link}");
                }
            );
        }
    }

    [Fact]
    public async Task Every_shipped_package_is_in_the_notices_and_in_the_bill_of_materials()
    {
        var token = TestContext.Current.CancellationToken;
        var notices = await File.ReadAllTextAsync(Path.Combine(module.Unpacked, "THIRD-PARTY-NOTICES.txt"), token);
        using var bill = JsonDocument.Parse(
            await File.ReadAllTextAsync(Path.Combine(module.Unpacked, "bom.json"), token)
        );
        var listed = bill
            .RootElement.GetProperty("components")
            .EnumerateArray()
            .ToDictionary(one => one.GetProperty("name").GetString()!, one => one.GetProperty("version").GetString()!);

        // Packages whose dll has another name.
        var shipped = Directory
            .GetFiles(Path.Combine(module.Unpacked, "bin/dependencies"), "*.dll")
            .Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Where(name => name != "Backfill.Core")
            .Select(name =>
                name switch
                {
                    "Microsoft.ML.OnnxRuntime" => "Microsoft.ML.OnnxRuntime.Managed",
                    "OxyPlot" => "OxyPlot.Core",
                    _ => name,
                }
            )
            .ToArray();
        Assert.NotEmpty(shipped);
        Assert.All(
            shipped,
            name =>
            {
                Assert.True(listed.ContainsKey(name), $"{name} is not in the bill of materials.");
                Assert.Contains($"\n{name} {listed[name]}\nLicence: ", notices);
            }
        );
        Assert.Equal(listed.Count, Regex.Count(notices, "^Licence: .", RegexOptions.Multiline));
        Assert.DoesNotContain("timestamp", bill.RootElement.GetRawText(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Checkout.Root.TrimEnd('/'), bill.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_engine_is_compiled_ahead_of_time_for_one_platform()
    {
        var folder = Path.Combine("bin", "dependencies", "linux-x64");
        foreach (var name in (string[])["Backfill.Core.dll", "Npgsql.dll"])
        {
            await using var file = File.OpenRead(Path.Combine(module.Unpacked, folder, name));
            using var image = new PEReader(file);
            Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        }

        // The command loads the engine and Npgsql. Then it fails, because no server listens on port 1.
        var loaded = await module.SucceedAsync(
            """
            Get-RepoSync -Database 'postgresql://user:secret@127.0.0.1:1/none' -ErrorAction SilentlyContinue
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -in 'Backfill.Core', 'Npgsql', 'Polly.Core' } |
                Sort-Object FullName | ForEach-Object { "$($_.GetName().Name) $(Split-Path (Split-Path $_.Location) -Leaf)" }
            exit 0
            """
        );
        var own = RuntimeInformation.RuntimeIdentifier == "linux-x64" ? "linux-x64" : "dependencies";
        Assert.Equal($"Backfill.Core {own}\nNpgsql {own}\nPolly.Core dependencies\n", loaded.Output);
    }

    [Fact]
    public async Task Packing_the_same_commit_twice_gives_the_same_bytes()
    {
        using var folder = new TemporaryFolder();

        await InstalledModule.PackAsync(folder.Path);

        Assert.All(
            Directory.GetFiles(module.Packages, "*.nupkg"),
            first => Assert.Equal(Hash(first), Hash(Path.Combine(folder.Path, Path.GetFileName(first))))
        );
    }

    private static string Hash(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private string Package(string name) =>
        Path.Combine(module.Packages, $"{name}.{InstalledModule.Version}-preview1.nupkg");

    private string[] Entries(string name)
    {
        using var package = ZipFile.OpenRead(Package(name));
        return [.. package.Entries.Select(entry => entry.FullName)];
    }

    // Relative links in Markdown, without the part after '#'.
    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)")]
    private static partial Regex Link();
}
