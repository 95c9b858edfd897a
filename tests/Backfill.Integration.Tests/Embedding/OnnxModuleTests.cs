using Backfill.Core.Embedding.Providers;
using Backfill.Core.Tests.Embedding;
using Backfill.Integration.Tests.Support;
using Backfill.Module.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>A model of one's own in the staged module, whose engine and ONNX Runtime live in a load context of their own.</summary>
public sealed class OnnxModuleTests(TestPostgres postgres)
{
    private const string Embed =
        "$r = Invoke-EmbeddingBackfill octo/hello -Provider Onnx -Model $env:MODEL; \"$($r.State) $($r.Embedded)\"";

    [Fact]
    public async Task The_staged_module_embeds_with_a_model_from_a_folder_and_finds_similar_items()
    {
        await using var stored = await FilledAsync();
        using var model = new TinyBert();

        var result = await HostProcess.RunAsync(
            Embed
                + "; (Find-SimilarItem octo/hello -Provider Onnx -Model $env:MODEL -Text 'Issue 4' -First 1 -ItemType issue).Number",
            Variables(stored, model)
        );

        using var reference = OnnxProvider.Open(model.Folder);
        Assert.True(result.ExitCode == 0, $"{result}");
        Assert.StartsWith("Completed 12\n", result.Output, StringComparison.Ordinal);
        Assert.Equal(0, await stored.WrongAsync(reference));
        Assert.Equal(
            $"Onnx/{reference.Model}/4",
            await stored.ReadAsync<string>("SELECT DISTINCT model_key FROM backfill.embedding_state")
        );
    }

    [Fact]
    public async Task Without_the_native_libraries_everything_else_works_and_the_error_says_what_to_do()
    {
        await using var stored = await FilledAsync();
        using var model = new TinyBert();
        using var folder = new TemporaryFolder();
        var (host, module) = WithoutNatives(folder);

        var result = await HostProcess.RunAsync(
            [
                "-Command",
                "try { $null = Invoke-EmbeddingBackfill octo/hello -Provider Onnx -Model $env:MODEL -ErrorAction Stop }"
                    + " catch { \"$($_.FullyQualifiedErrorId) $_ $($_.ErrorDetails.RecommendedAction)\" };"
                    + " $r = Invoke-EmbeddingBackfill octo/hello -Provider Lexical; \"$((Get-Module Backfill).ModuleBase) $($r.State) $($r.Embedded)\"",
            ],
            Variables(stored, model),
            program: host
        );

        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length == 2, $"{result}");
        Assert.StartsWith(nameof(ErrorIds.EmbeddingProviderUnavailable), lines[0], StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime's library", lines[0], StringComparison.Ordinal);
        Assert.Contains("Install-PSResource Backfill.OnnxRuntime -Version ", lines[0], StringComparison.Ordinal);
        Assert.Equal($"{module} Completed 12", lines[1]);
    }

    [Fact]
    public async Task The_native_libraries_are_found_in_their_own_module_beside_this_one()
    {
        await using var stored = await FilledAsync();
        using var model = new TinyBert();
        using var folder = new TemporaryFolder();
        var (host, module) = WithoutNatives(folder);
        Directory.CreateSymbolicLink(
            Path.Combine(
                Directory
                    .CreateDirectory(Path.Combine(Path.GetDirectoryName(module)!, "Backfill.OnnxRuntime"))
                    .FullName,
                "runtimes"
            ),
            Path.Combine(Checkout.Root, "bin/dependencies/runtimes")
        );

        var result = await HostProcess.RunAsync(["-Command", Embed], Variables(stored, model), program: host);

        Assert.True(result.Output == "Completed 12\n", $"{result}");
    }

    // The host's program and the module beside it.
    private static (string Host, string Module) WithoutNatives(TemporaryFolder folder)
    {
        var host = Path.Combine(folder.Path, "host");
        var module = Path.Combine(host, "Backfill");
        Copy(Path.GetDirectoryName(HostProcess.Program)!, host);
        Copy(Path.Combine(Checkout.Root, "bin"), Path.Combine(module, "bin"));
        File.Copy(Path.Combine(Checkout.Root, "Backfill.psd1"), Path.Combine(module, "Backfill.psd1"));
        return (Path.Combine(host, Path.GetFileName(HostProcess.Program)), module);
    }

    private static (string, string)[] Variables(EmbeddingDatabase stored, TinyBert model) =>
        [("BACKFILL_DATABASE_URL", stored.ConnectionString), ("MODEL", model.Folder)];

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(from, file);
            // The module's own, and the host's for this platform, which its build brings along.
            if (Path.GetFileName(path).Contains("onnxruntime", StringComparison.Ordinal))
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, path))!);
            File.Copy(file, Path.Combine(to, path));
        }
    }

    private async Task<EmbeddingDatabase> FilledAsync()
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(6, 4, 2);
        return stored;
    }
}
