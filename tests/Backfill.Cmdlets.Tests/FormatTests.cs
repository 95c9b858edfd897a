using System.Text.RegularExpressions;
using System.Xml.Linq;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed partial class FormatTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Every_type_that_a_cmdlet_writes_has_a_view()
    {
        var views = XDocument
            .Load(Path.Combine(Shell.Folder, "Backfill.Format.ps1xml"))
            .Descendants("TypeName")
            .Select(name => name.Value)
            .ToHashSet();
        var written = CmdletTypes
            .All.SelectMany(CmdletTypes.Outputs)
            .Where(name => name.StartsWith("Backfill.", StringComparison.Ordinal));

        Assert.All(written, name => Assert.Contains(name, views));
    }

    [Fact]
    public void A_run_shows_its_counts_and_a_planned_one_its_estimate()
    {
        var run = Samples.Run("octo/hello");

        Assert.Contains(
            "PullRequests 998/998, Issues 446/446, Reviews 979",
            Shown(Samples.Finished(run, RunState.Completed))
        );
        Assert.Contains("00:01:23", Shown(Samples.Finished(run, RunState.Completed)));
        Assert.Contains("gaps: 1", Shown(Samples.Finished(run, RunState.Incomplete)));
        Assert.Contains("GitHub did not answer.", Shown(Samples.Finished(run, RunState.Failed)));
        Assert.Contains("1744 items, 36 requests, 36 points, 0.6 min", Shown(Samples.Run("octo/hello", planned: true)));
    }

    [Fact]
    public void Everything_else_shows_what_it_is_about()
    {
        var embedding = Samples.Embedding("octo/hello") with { Tokens = 17, Cost = 0.25m, Quarantined = 2 };
        Assert.Contains("Lexical/ngrams/384, 17 tokens, cost 0.25, 2 quarantined", Shown(embedding));
        Assert.Contains("1444 items, 500000 tokens, cost 0.01", Shown(Samples.Embedding("octo/hello", planned: true)));
        Assert.Contains("0.2500", Shown(Samples.Similar()));
        Assert.Contains("30d: 17 pull requests (12 merged)", Shown(Samples.Metrics(false, "octo/hello")));
        Assert.Contains("octo/hello", Shown(Samples.Metrics(true, "octo/hello")));
        Assert.Contains("Repository: octo/hello", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.Contains("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Failed)));
        Assert.DoesNotContain("Run Start-RepoSync again.", Shown(Samples.Check("octo/hello", CheckStatus.Passed)));
        Assert.Contains("4711", Shown(Samples.Limit()));
        Assert.Contains("1970-01-01 00:00:00Z", Shown(Samples.Limit()));
        Assert.Contains("team", Shown(Samples.Tracked("octo/hello")));
        Assert.Contains("Database: BACKFILL_DATABASE_URL", Shown(Samples.Context()));
        Assert.Contains("content/0001-content.sql", Shown(Samples.Database(planned: false)));
    }

    public void Dispose() => shell.Dispose();

    private string Shown(object item)
    {
        var before = shell.Host.Text.Length;
        var outcome = shell.Run("$item | Out-Default", ("item", item));
        Assert.Empty(outcome.Errors);
        return Colours().Replace(shell.Host.Text[before..], "");
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colours();
}
