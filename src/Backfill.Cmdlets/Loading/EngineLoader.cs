using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Backfill.Cmdlets.Sync;

namespace Backfill.Cmdlets.Loading;

/// <summary>
/// Loads the engine and its packages from the folder <c>dependencies</c> into a load context of its own, because another module
/// may have loaded another version of Npgsql or Microsoft.Extensions. Objects that a user holds are from Backfill.Contracts,
/// which both sides share in the default context.
/// </summary>
internal static class EngineLoader
{
    private const string Folder = "dependencies";
    private const string EngineAssembly = "Backfill.Core";
    private const string EngineType = "Backfill.Core.BackfillEngine";

    private static readonly Lazy<IBackfillEngine> Loaded = new(Load);

    /// <summary>Gets the engine of this process. It is loaded at the first use.</summary>
    internal static IBackfillEngine Engine => Loaded.Value;

    private static IBackfillEngine Load()
    {
        var folder = Path.Combine(Path.GetDirectoryName(typeof(EngineLoader).Assembly.Location)!, Folder);
        var engine = new EngineContext(folder).LoadFromAssemblyName(new AssemblyName(EngineAssembly));
        var loaded = (IBackfillEngine)Activator.CreateInstance(engine.GetType(EngineType, throwOnError: true)!)!;
        // This is not in Start-RepoSync, because -FallbackToLocal and -Repair start syncs too.
        ProcessEnd.Watch();
        return loaded;
    }

    private sealed class EngineContext(string folder) : AssemblyLoadContext("Backfill")
    {
        // What the package has compiled ahead of time for this platform, for example linux-x64.
        private readonly string compiled = Path.Combine(folder, RuntimeInformation.RuntimeIdentifier);

        // Null leaves the name to the default context, which has the contracts and the platform's assemblies.
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var name = assemblyName.Name + ".dll";
            string[] files = [Path.Combine(compiled, name), Path.Combine(folder, name)];
            return Array.Find(files, File.Exists) is { } file ? LoadFromAssemblyPath(file) : null;
        }
    }
}
