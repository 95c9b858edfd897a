using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Tests.Embedding;

public sealed class OnnxRuntimeLibraryTests
{
    [Fact]
    public void The_library_is_searched_beside_the_engine_and_then_in_the_module_of_the_same_version()
    {
        var modules = Path.Combine(Path.GetTempPath(), "Modules");
        var others = Path.Combine(Path.GetTempPath(), "Others");
        var version = OnnxRuntimeLibrary.ModuleVersion;
        var engine = Path.Combine(modules, "Backfill", version, "bin", "dependencies");

        var folders = OnnxRuntimeLibrary.Folders(engine, others).ToArray();

        Assert.Equal(engine, folders[0]);
        Assert.Contains(Path.Combine(modules, "Backfill.OnnxRuntime", version), folders);
        Assert.Contains(Path.Combine(others, "Backfill.OnnxRuntime", version), folders);
        Assert.Contains(Path.Combine(others, "Backfill.OnnxRuntime"), folders);
    }
}
