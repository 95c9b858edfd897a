using System.Reflection;

namespace Backfill.Tests;

/// <summary>The checkout that the tests were built from, and the real data beside it.</summary>
internal static class Checkout
{
    /// <summary>The repository whose archive <see cref="RealArchive"/> is.</summary>
    public const string ArchivedRepository = "tlswg/tls13-spec";

    /// <summary>The top folder.</summary>
    public static readonly string Root = Metadata("RepositoryRoot");

    /// <summary>What the build wrote into the test assembly under a key.</summary>
    public static string Metadata(string key) =>
        typeof(Checkout).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;

    /// <summary>A real repository's archive; the test is skipped where there is none.</summary>
    public static string RealArchive() => Shared("data/tlswg-tls13-spec.json.gz");

    /// <summary>A file of the folder <c>shared</c> beside the checkout; the test is skipped where there is none.</summary>
    public static string Shared(string path)
    {
        for (var folder = new DirectoryInfo(Root); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", path);
            if (File.Exists(file))
            {
                return file;
            }
        }

        Assert.Skip($"shared/{path} is not beside the checkout.");
        return "";
    }
}
