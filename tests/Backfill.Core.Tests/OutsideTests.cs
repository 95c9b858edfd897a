using System.Text.RegularExpressions;

namespace Backfill.Core.Tests;

/// <summary>A clone that stands alone builds and passes: nothing in it reads what is beside it.</summary>
public sealed partial class OutsideTests
{
    // The archive of a real repository, without which its tests are skipped.
    private static readonly string[] Permitted = ["tests/Checkout.cs", ".ci/run"];

    [Fact]
    public void Nothing_reads_a_folder_outside_the_checkout()
    {
        string[] folders = ["src", "tests", "docs", ".ci", ".config"];
        var files = folders
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*", SearchOption.AllDirectories)
            )
            .Concat(Directory.EnumerateFiles(Checkout.Root))
            .Select(file => Path.GetRelativePath(Checkout.Root, file).Replace('\\', '/'))
            .Where(file => !Built().IsMatch(file))
            .ToArray();
        Assert.True(files.Length > 500);

        Assert.Equal(Permitted.Order(StringComparer.Ordinal), files.Where(Reaches).Order(StringComparer.Ordinal));
    }

    private static bool Reaches(string file)
    {
        var text = File.ReadAllText(Path.Combine(Checkout.Root, file));
        if (BesideTheCheckout().IsMatch(text))
        {
            return true;
        }

        // A relative path climbs out where it has more steps up than the file has folders above it.
        var depth = file.Count(letter => letter == '/');
        return Climb().Matches(text).Any(climb => climb.Groups["step"].Captures.Count > Math.Max(depth, 1));
    }

    [GeneratedRegex(@"(^|/)(bin|obj|artifacts|node_modules|TestResults)/|\.(gz|dll)$|packages\.lock\.json$|^\.git$")]
    private static partial Regex Built();

    // This test's own text names neither, so that it can read itself.
    [GeneratedRegex(@"\.\./shar" + @"ed|[""'/ ]shar" + @"ed/(data|contributor)")]
    private static partial Regex BesideTheCheckout();

    [GeneratedRegex(@"(?<![\w.])(?<step>\.\.[/\\])+")]
    private static partial Regex Climb();
}
