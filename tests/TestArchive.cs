using System.IO.Compression;
using System.Text.Json;
using Backfill.Simulation.Data;

namespace Backfill.Tests;

/// <summary>An archive of a repository, and the counts of what is in it.</summary>
internal sealed record TestArchive(string Path, SimulatedRepository Content)
{
    private static readonly Lazy<TestArchive> Generated = new(Generate);

    /// <summary>The archives that a test runs on: a generated one, and a real one where the machine has it.</summary>
    public static TheoryData<ArchiveKind> Kinds => [ArchiveKind.Generated, ArchiveKind.Real];

    /// <summary>Gets the repository's name, as owner/name.</summary>
    public string Repository => Content.FullName;

    /// <summary>Gets every issue and pull request.</summary>
    public IEnumerable<IssueLike> Items => Content.PullRequests.All.Cast<IssueLike>().Concat(Content.Issues.All);

    /// <summary>Gets the number of different people, the deleted account included, who wrote something.</summary>
    public int People =>
        Items
            .Cast<Entry>()
            .Concat(Content.Reviews.All)
            .Concat(Content.ReviewComments.All)
            .Concat(Content.IssueComments.All)
            .Select(entry => entry.Author?.Login ?? "ghost")
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Count();

    /// <summary>Opens an archive. The test is skipped where the real one is not on this machine.</summary>
    public static TestArchive Open(ArchiveKind kind) =>
        kind == ArchiveKind.Generated ? Generated.Value : Read(Checkout.RealArchive());

    private static TestArchive Read(string path) => new(path, Archive.Add(new World(), path));

    // What the generator makes, written as the IETF's archiver writes a repository.
    private static TestArchive Generate()
    {
        var made = RepositoryGenerator.Add(
            new World(),
            new GeneratorSettings(
                "octo/archived",
                PullRequests: 240,
                Issues: 150,
                Discussions: 0,
                Seed: 7,
                new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero)
            )
        );
        var path = System.IO.Path.Combine(
            Directory.CreateTempSubdirectory("backfill-archive-").FullName,
            "archive.json.gz"
        );
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
            Directory.Delete(System.IO.Path.GetDirectoryName(path)!, recursive: true);
        using (var file = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            JsonSerializer.Serialize(file, Describe(made));
        }

        return Read(path);
    }

    private static object Describe(SimulatedRepository repository) =>
        new
        {
            magic = "E!vIA5L86J2I",
            timestamp = repository.UpdatedAt,
            repo = repository.FullName,
            labels = repository.Labels.Select(label => new
            {
                name = label.Name,
                description = label.Description,
                color = label.Color,
            }),
            issues = repository.Issues.All.Select(issue => Common(issue)),
            pulls = repository.PullRequests.All.Select(pull =>
            {
                var members = Common(pull);
                members["baseRepository"] = repository.FullName;
                members["baseRefName"] = pull.BaseRefName;
                members["baseRefOid"] = pull.BaseRefOid;
                members["headRepository"] = pull.HeadRepository;
                members["headRefName"] = pull.HeadRefName;
                members["headRefOid"] = pull.HeadRefOid;
                members["mergedAt"] = pull.MergedAt;
                members["mergedBy"] = pull.MergedBy?.Login;
                members["mergeCommit"] = pull.MergeCommit is null ? null : new { oid = pull.MergeCommit };
                members["reviews"] = pull.Reviews.Select(review => new
                {
                    id = review.NodeId,
                    commit = review.Commit is null ? null : new { abbreviatedOid = review.Commit },
                    author = review.Author?.Login,
                    authorAssociation = review.Association,
                    state = review.State,
                    body = review.Body,
                    createdAt = review.CreatedAt,
                    updatedAt = review.UpdatedAt,
                    comments = review.Comments.Select(comment => new
                    {
                        originalPosition = comment.OriginalPosition,
                        body = comment.Body,
                        createdAt = comment.CreatedAt,
                        updatedAt = comment.UpdatedAt,
                    }),
                });
                return members;
            }),
        };

    private static Dictionary<string, object?> Common(IssueLike item) =>
        new(StringComparer.Ordinal)
        {
            ["number"] = item.Number,
            ["id"] = item.NodeId,
            ["title"] = item.Title,
            ["url"] = item.Url,
            ["state"] = item.State,
            ["author"] = item.Author?.Login,
            ["authorAssociation"] = item.Association,
            ["assignees"] = item.Assignees.Select(account => account.Login),
            ["labels"] = item.Labels.Select(label => label.Name),
            ["body"] = item.Body,
            ["createdAt"] = item.CreatedAt,
            ["updatedAt"] = item.UpdatedAt,
            ["closedAt"] = item.ClosedAt,
            ["comments"] = item.Comments.Select(comment => new
            {
                author = comment.Author?.Login,
                authorAssociation = comment.Association,
                body = comment.Body,
                createdAt = comment.CreatedAt,
                updatedAt = comment.UpdatedAt,
            }),
        };
}

/// <summary>Which archive a test runs on.</summary>
public enum ArchiveKind
{
    /// <summary>Made by the simulator's generator.</summary>
    Generated,

    /// <summary>Of a real repository, where the machine has one.</summary>
    Real,
}
