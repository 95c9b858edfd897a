using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Backfill.Simulation.Data;

namespace Backfill.Core.Tests.Simulation;

public sealed class DataTests
{
    private static readonly DateTimeOffset Until = new(2026, 7, 6, 0, 0, 0, TimeSpan.Zero);

    private const string SmallArchive = """
        {"magic":"E!vIA5L86J2I","timestamp":"2026-07-09T01:59:21.996150+00:00","repo":"small/archive",
         "labels":[{"name":"bug","description":null,"color":"fc2929"}],
         "issues":[{"number":1,"id":"MDU6SXNzdWUzMTc1MTIxMg==","title":"One","url":"","state":"CLOSED","author":"ann","authorAssociation":"NONE",
           "assignees":["bob"],"labels":["bug","gone"],"body":"first","createdAt":"2014-04-17T18:38:34Z","updatedAt":"2017-04-17T00:48:53Z","closedAt":"2017-04-16T17:21:21Z",
           "comments":[{"author":null,"authorAssociation":"NONE","body":"by nobody","createdAt":"2017-03-03T03:14:13Z","updatedAt":"2017-03-03T03:14:13Z"}]}],
         "pulls":[{"number":2,"id":"PR_kwDOASA0os7ul4ux","title":"Two","url":"","state":"MERGED","author":"bob","authorAssociation":"MEMBER","assignees":[],"labels":[],
           "body":"second","createdAt":"2014-04-18T18:38:34Z","updatedAt":"2017-04-18T00:48:53Z","closedAt":"2014-04-19T18:38:34Z","mergedAt":"2014-04-19T18:38:34Z",
           "mergedBy":"ann","mergeCommit":{"oid":"aa"},"baseRepository":"small/archive","baseRefName":"main","baseRefOid":"bb","headRepository":null,"headRefName":"p","headRefOid":"cc","comments":[],
           "reviews":[{"id":"PRR_kwDOASA0os8AAAABFPvUNg","commit":{"abbreviatedOid":"cc"},"author":"ann","authorAssociation":"MEMBER","state":"APPROVED","body":"",
             "createdAt":"2014-04-19T10:00:00Z","updatedAt":"2014-04-19T10:00:00Z","comments":[{"originalPosition":4,"body":"fine","createdAt":"2014-04-19T10:00:00Z","updatedAt":"2014-04-19T10:00:00Z"}]}]}]}
        """;

    [Fact]
    public void An_archive_keeps_ids_authors_and_children()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json.gz");
        try
        {
            using (var zipped = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            {
                zipped.Write(Encoding.UTF8.GetBytes(SmallArchive));
            }

            var world = new World();
            var repository = Archive.Add(world, path);
            Assert.Equal(("small/archive", 18_887_842L), (repository.FullName, repository.DatabaseId));
            var issue = repository.Find<Issue>(1)!;
            Assert.Equal((31_751_212L, "MDU6SXNzdWUzMTc1MTIxMg=="), (issue.DatabaseId, issue.NodeId));
            Assert.Equal(["bug", "gone"], issue.Labels.Select(label => label.Name));
            Assert.Null(Assert.Single(issue.Comments).Author);
            var review = Assert.Single(repository.Find<PullRequest>(2)!.Reviews);
            Assert.Equal(4_647_015_478L, review.DatabaseId);
            Assert.Same(review.Author, Assert.Single(review.Comments).Author);
            Assert.Same(issue, world.FindNode(issue.NodeId));
            Assert.Same(review, world.FindNode(review.NodeId));
            Assert.Same(review.Comments[0], world.FindNode(review.Comments[0].NodeId));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_generated_archive_has_what_its_repository_has()
    {
        var archive = TestArchive.Open(ArchiveKind.Generated);

        Assert.Equal(
            ("octo/archived", 240, 150),
            (archive.Repository, archive.Content.PullRequests.Count, archive.Content.Issues.Count)
        );
        Assert.True(archive.Content.Reviews.Count > 100);
        Assert.True(archive.Content.ReviewComments.Count > 100);
        Assert.True(archive.Content.IssueComments.Count > 100);
        Assert.Contains(archive.Items, item => item.Author is null);
        Assert.Contains(archive.Content.PullRequests.All, pull => pull.MergedAt is not null);
    }

    [Fact]
    public void The_real_archive_has_exactly_what_its_description_says()
    {
        var repository = Archive.Add(new World(), Checkout.RealArchive());
        Assert.Equal(998, repository.PullRequests.Count);
        Assert.Equal(725, repository.PullRequests.All.Count(item => item.State == "MERGED"));
        Assert.Equal(446, repository.Issues.Count);
        Assert.Equal(979, repository.Reviews.Count);
        Assert.Equal(1_306, repository.ReviewComments.Count);
        Assert.Equal(2_363, repository.IssueComments.Count);
        Assert.Equal(21, repository.Labels.Count);
        Assert.Equal(
            (47, 31),
            (
                repository.PullRequests.All.Max(item => item.Reviews.Count),
                repository
                    .PullRequests.All.Cast<IssueLike>()
                    .Concat(repository.Issues.All)
                    .Max(item => item.Comments.Count)
            )
        );
        Assert.Equal(171, repository.Entries.Select(entry => entry.Author).Distinct().Count());
    }

    [Fact]
    public void A_file_that_is_no_archive_is_refused()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, """{"magic":"other"}""");
        try
        {
            Assert.Throws<FormatException>(() => Archive.Add(new World(), path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_same_seed_makes_the_same_repository_and_another_one_another()
    {
        Assert.Equal(Print(7), Print(7));
        Assert.NotEqual(Print(7), Print(8));
    }

    [Fact]
    public void The_sample_has_every_text_that_has_broken_readers()
    {
        var repository = Generate(300, 200, 25, seed: 1);
        Assert.Equal(
            (300, 200, 25),
            (repository.PullRequests.Count, repository.Issues.Count, repository.Discussions.Count)
        );
        var entries = repository.Entries.ToList();
        var bodies = entries.ConvertAll(entry => entry.Body);
        Assert.Contains(bodies, body => body.Contains('\0', StringComparison.Ordinal));
        Assert.Contains(bodies, body => body.Contains("\r\n", StringComparison.Ordinal));
        Assert.Contains(bodies, body => body.Length == BodyText.LongestBody);
        Assert.Contains(bodies, HasHalfAPair);
        Assert.Contains(bodies, body => body.Contains("שלום", StringComparison.Ordinal));
        Assert.Contains(bodies, body => body.Length == 0);
        Assert.Contains(entries, entry => entry.Author is null);
        foreach (var kind in Enum.GetValues<AccountKind>())
        {
            Assert.Contains(entries, entry => entry.Author?.Kind == kind);
        }

        foreach (
            var ids in new[]
            {
                repository.PullRequests.All.Select(item => item.DatabaseId),
                repository.Issues.All.Select(item => item.DatabaseId),
                repository.Reviews.All.Select(item => item.DatabaseId),
                repository.ReviewComments.All.Select(item => item.DatabaseId),
                repository.IssueComments.All.Select(item => item.DatabaseId),
            }
        )
        {
            Assert.Contains(ids, id => id <= int.MaxValue);
            Assert.Contains(ids, id => id is > int.MaxValue and <= uint.MaxValue);
            Assert.Contains(ids, id => id > uint.MaxValue);
        }

        Assert.Contains(repository.PullRequests.All, item => item.Reviews.Count is > 20 and <= 100);
        Assert.Contains(repository.PullRequests.All, item => item.Reviews.Count > 120);
        Assert.Contains(repository.PullRequests.All, item => item.Comments.Count > 120);
        Assert.Contains(repository.Issues.All, item => item.Comments.Count > 220);
        Assert.Contains(repository.Discussions.All, item => item.Comments.Count > 50);
        Assert.Contains(repository.DiscussionComments.All, comment => comment.Replies.Count > 120);
        Assert.Contains(repository.ReviewComments.All, comment => comment.Review is null);
        Assert.Contains(repository.PullRequests.All.GroupBy(item => item.UpdatedAt), group => group.Count() > 1);
    }

    [Fact]
    public void Times_are_in_order_and_within_the_history()
    {
        var repository = Generate(500, 300, 40, seed: 3);
        Assert.All(
            repository.Entries,
            entry =>
            {
                Assert.True(entry.CreatedAt <= entry.UpdatedAt && entry.UpdatedAt <= Until);
                Assert.Equal(0, entry.CreatedAt.Ticks % TimeSpan.TicksPerSecond);
                Assert.Equal(0, entry.UpdatedAt.Ticks % TimeSpan.TicksPerSecond);
            }
        );
        Assert.All(
            repository.IssueComments.All,
            comment =>
                Assert.True(
                    comment.Parent.CreatedAt <= comment.CreatedAt && comment.UpdatedAt <= comment.Parent.UpdatedAt
                )
        );
        Assert.All(
            repository.PullRequests.All,
            item =>
                Assert.Equal(item.Comments.OrderBy(comment => SortKey.Of(comment, SortField.CreatedAt)), item.Comments)
        );
        Assert.All(
            repository.PullRequests.All,
            item => Assert.Equal(item.Reviews.OrderBy(review => SortKey.Of(review, SortField.CreatedAt)), item.Reviews)
        );
        Assert.All(
            repository.PullRequests.All,
            item =>
                Assert.Equal(
                    item.ReviewComments.OrderBy(comment => SortKey.Of(comment, SortField.CreatedAt)),
                    item.ReviewComments
                )
        );
    }

    private static SimulatedRepository Generate(int pullRequests, int issues, int discussions, int seed) =>
        RepositoryGenerator.Add(
            new World(),
            new GeneratorSettings("octo/hello", pullRequests, issues, discussions, seed, Until)
        );

    private static string Print(int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in Generate(100, 60, 10, seed).Entries)
        {
            hash.AppendData(
                Encoding.UTF8.GetBytes(
                    $"{entry.NodeId} {entry.Author?.NodeId} {entry.Author?.Login} {entry.CreatedAt:O} {entry.UpdatedAt:O} {(entry as Item)?.Title} {entry.Body}"
                )
            );
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static bool HasHalfAPair(string text) =>
        text.Where(
                (part, at) =>
                    (char.IsHighSurrogate(part) && (at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])))
                    || (char.IsLowSurrogate(part) && (at == 0 || !char.IsHighSurrogate(text[at - 1])))
            )
            .Any();
}
