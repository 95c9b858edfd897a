using System.Reflection;

namespace Backfill.Tests;

/// <summary>The checkout that the tests were built from.</summary>
internal static class Checkout
{
    /// <summary>The top folder.</summary>
    public static readonly string Root = Metadata("RepositoryRoot");

    /// <summary>What the build wrote into the test assembly under a key.</summary>
    public static string Metadata(string key) =>
        typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;

    /// <summary>
    /// Returns the path of a real repository's archive: the one that BACKFILL_ARCHIVE names, or that of tlswg/tls13-spec in
    /// <c>../shared/data</c>. This is the only reach outside the checkout. Without an archive the test is skipped.
    /// </summary>
    public static string RealArchive()
    {
        var path =
            Environment.GetEnvironmentVariable("BACKFILL_ARCHIVE")
            ?? Path.Combine(Root, "../shared/data/tlswg-tls13-spec.json.gz");
        Assert.SkipUnless(File.Exists(path), "No archive of a real repository is here; BACKFILL_ARCHIVE can name one.");
        return path;
    }
}
