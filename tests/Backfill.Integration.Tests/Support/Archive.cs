namespace Backfill.Integration.Tests.Support;

/// <summary>The real repository's archive, where it lies beside the checkout.</summary>
internal static class Archive
{
    public const string Repository = "tlswg/tls13-spec";

    /// <summary>Its path; the test is skipped where there is none.</summary>
    public static string Require()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "data", "tlswg-tls13-spec.json.gz");
            if (File.Exists(file))
            {
                return file;
            }
        }

        Assert.Skip("The archive shared/data/tlswg-tls13-spec.json.gz is not beside the checkout.");
        return "";
    }
}
