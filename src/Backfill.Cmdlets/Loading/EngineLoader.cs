using System.Reflection;
using System.Runtime.Loader;
using Backfill.Cmdlets.Sync;

namespace Backfill.Cmdlets.Loading;

/// <summary>
/// Loads the engine and every package that it stands on into a load context of its own, from <c>dependencies</c> beside this
/// assembly: another module's Npgsql or Microsoft.Extensions may be of any version. What a user holds comes from
/// Backfill.Contracts, which stays in the default context for both sides.
/// </summary>
internal static class EngineLoader
{
    private const string Folder = "dependencies";
    private const string EngineAssembly = "Backfill.Core";
    private const string EngineType = "Backfill.Core.BackfillEngine";

    private static readonly Lazy<IBackfillEngine> Loaded = new(Load);

    /// <summary>The engine of this process, loaded at the first use.</summary>
    internal static IBackfillEngine Engine => Loaded.Value;

    private static IBackfillEngine Load()
    {
        var folder = Path.Combine(Path.GetDirectoryName(typeof(EngineLoader).Assembly.Location)!, Folder);
        var context = new EngineContext(folder);
        var engine = context.LoadFromAssemblyPath(Path.Combine(folder, EngineAssembly + ".dll"));
        var loaded = (IBackfillEngine)Activator.CreateInstance(engine.GetType(EngineType, throwOnError: true)!)!;
        // Here and not in Start-RepoSync: -FallbackToLocal and -Repair start syncs too.
        ProcessEnd.Watch();
        return loaded;
    }

    private sealed class EngineContext(string folder) : AssemblyLoadContext("Backfill")
    {
        // Null hands the name on to the default context: the contracts and the platform's own assemblies.
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var file = Path.Combine(folder, assemblyName.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
