using System.Reflection;

namespace Backfill.Benchmarks;

/// <summary>What the build wrote into the assembly of the benchmarks.</summary>
internal static class BuildMetadata
{
    /// <summary>Gets the top folder of the checkout.</summary>
    public static string Root => Of("RepositoryRoot");

    /// <summary>Returns the value of a key.</summary>
    public static string Of(string key) =>
        typeof(BuildMetadata)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(one => one.Key == key)
            .Value!;
}
