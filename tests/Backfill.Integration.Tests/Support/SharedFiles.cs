namespace Backfill.Integration.Tests.Support;

/// <summary>Real data in the folder <c>shared</c>, where one lies beside the checkout.</summary>
internal static class SharedFiles
{
    /// <summary>The repository whose archive <see cref="Archive"/> is.</summary>
    public const string ArchivedRepository = "tlswg/tls13-spec";

    /// <summary>A real repository's archive; the test is skipped where there is none.</summary>
    public static string Archive() => Require("data/tlswg-tls13-spec.json.gz");

    /// <summary>The schema of the app whose database the tool fills; the test is skipped where there is none.</summary>
    public static string AppSchema() => Require("contributor-info/schema.sql");

    private static string Require(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
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
