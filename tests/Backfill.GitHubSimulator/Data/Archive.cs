using System.IO.Compression;
using System.Text.Json;

namespace Backfill.Simulation.Data;

/// <summary>
/// Loads an archive of the IETF's repository archiver (JSON, gzipped or not). It has no ids for comments and no
/// account types: comments get ids in their order, accounts in the order of their logins.
/// </summary>
public sealed class Archive
{
    private const string Magic = "E!vIA5L86J2I";
    private const long FirstAccountId = 20_000_000;
    private const long FirstCommentId = 100_000_000;

    // GitHub numbers review comments apart. In one repository's few thousand the same number is hardly met twice; the
    // generated repositories have such pairs on purpose.
    private const long FirstReviewCommentId = 50_000_000;

    private readonly World world;
    private readonly SimulatedRepository repository;
    private readonly Dictionary<string, Label> labels = new(StringComparer.Ordinal);
    private long commentId = FirstCommentId;
    private long reviewCommentId = FirstReviewCommentId;

    private Archive(World world, JsonElement root, DateTimeOffset timestamp)
    {
        this.world = world;
        var fullName = root.GetProperty("repo").GetString()!.Split('/');
        repository = new SimulatedRepository
        {
            DatabaseId = RepositoryId(root) ?? (900_000 + world.Repositories.Count),
            Owner = Account(fullName[0], AccountKind.Organization)!,
            Name = fullName[1],
            Description = $"An archive of {timestamp:yyyy-MM-dd}.",
            DefaultBranch = "master",
            Language = "Makefile",
            CreatedAt = First(root),
            UpdatedAt = timestamp,
            PushedAt = timestamp,
        };
        var id = 1_000L;
        foreach (var label in root.GetProperty("labels").EnumerateArray())
        {
            var made = new Label(
                repository,
                id++,
                Text(label, "name")!,
                Text(label, "color")!,
                Text(label, "description")
            );
            labels.Add(made.Name, made);
            repository.Labels.Add(made);
        }
    }

    /// <summary>Reads a file and adds its repository to the world.</summary>
    /// <exception cref="FormatException">The file is no such archive.</exception>
    public static SimulatedRepository Add(World world, string path)
    {
        using var file = File.OpenRead(path);
        var zipped = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
        file.Position = 0;
        using Stream text = zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var document = JsonDocument.Parse(text);
        var root = document.RootElement;
        if (
            root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("magic", out var magic)
            || magic.GetString() != Magic
        )
        {
            throw new FormatException(
                $"'{Path.GetFileName(path)}' is not an archive of a repository: its mark is missing."
            );
        }

        var written = root.GetProperty("timestamp").GetDateTimeOffset();
        var archive = new Archive(world, root, DateTimeOffset.FromUnixTimeSeconds(written.ToUnixTimeSeconds()));
        archive.Fill(root);
        world.Add(archive.repository);
        return archive.repository;
    }

    private void Fill(JsonElement root)
    {
        foreach (var login in Logins(root).Order(StringComparer.Ordinal))
        {
            Account(login, AccountKind.User);
        }

        foreach (var issue in root.GetProperty("issues").EnumerateArray())
        {
            var item = new Issue
            {
                Repository = repository,
                DatabaseId = Id(issue),
                GivenNodeId = Text(issue, "id"),
                Number = issue.GetProperty("number").GetInt32(),
                Title = Text(issue, "title")!,
                Body = Text(issue, "body") ?? "",
                State = Text(issue, "state")!,
                StateReason = Text(issue, "state") == "CLOSED" ? "COMPLETED" : null,
                Author = Account(Text(issue, "author"), AccountKind.User),
                Association = Text(issue, "authorAssociation") ?? "NONE",
                CreatedAt = Time(issue, "createdAt")!.Value,
                UpdatedAt = Time(issue, "updatedAt")!.Value,
                ClosedAt = Time(issue, "closedAt"),
                Labels = Labels(issue),
                Assignees = Assignees(issue),
            };
            repository.Add(item);
            Comments(issue, item);
        }

        foreach (var pull in root.GetProperty("pulls").EnumerateArray())
        {
            var item = PullRequest(pull);
            repository.Add(item);
            Comments(pull, item);
            foreach (
                var review in pull.GetProperty("reviews")
                    .EnumerateArray()
                    .OrderBy(review => Time(review, "createdAt"))
                    .ThenBy(Id)
            )
            {
                Review(review, item);
            }

            item.ReviewComments.Sort(
                (one, other) => SortKey.Of(one, SortField.CreatedAt).CompareTo(SortKey.Of(other, SortField.CreatedAt))
            );
        }
    }

    private PullRequest PullRequest(JsonElement pull) =>
        new()
        {
            Repository = repository,
            DatabaseId = Id(pull),
            GivenNodeId = Text(pull, "id"),
            Number = pull.GetProperty("number").GetInt32(),
            Title = Text(pull, "title")!,
            Body = Text(pull, "body") ?? "",
            State = Text(pull, "state")!,
            Author = Account(Text(pull, "author"), AccountKind.User),
            Association = Text(pull, "authorAssociation") ?? "NONE",
            CreatedAt = Time(pull, "createdAt")!.Value,
            UpdatedAt = Time(pull, "updatedAt")!.Value,
            ClosedAt = Time(pull, "closedAt"),
            MergedAt = Time(pull, "mergedAt"),
            MergedBy = Account(Text(pull, "mergedBy"), AccountKind.User),
            MergeCommit = pull.GetProperty("mergeCommit") is { ValueKind: JsonValueKind.Object } commit
                ? Text(commit, "oid")
                : null,
            BaseRefName = Text(pull, "baseRefName") ?? "master",
            BaseRefOid = Text(pull, "baseRefOid") ?? "",
            HeadRefName = Text(pull, "headRefName") ?? "",
            HeadRefOid = Text(pull, "headRefOid") ?? "",
            HeadRepository = Text(pull, "headRepository"),
            Labels = Labels(pull),
            Assignees = Assignees(pull),
        };

    private void Review(JsonElement review, PullRequest item)
    {
        var made = new Review
        {
            Repository = repository,
            DatabaseId = Id(review),
            GivenNodeId = Text(review, "id"),
            PullRequest = item,
            State = Text(review, "state")!,
            Body = Text(review, "body") ?? "",
            Author = Account(Text(review, "author"), AccountKind.User),
            Association = Text(review, "authorAssociation") ?? "NONE",
            Commit = review.GetProperty("commit") is { ValueKind: JsonValueKind.Object } commit
                ? Text(commit, "abbreviatedOid")
                : null,
            CreatedAt = Time(review, "createdAt")!.Value,
            UpdatedAt = Time(review, "updatedAt")!.Value,
        };
        repository.Add(made);
        foreach (
            var comment in review
                .GetProperty("comments")
                .EnumerateArray()
                .OrderBy(comment => Time(comment, "createdAt"))
        )
        {
            repository.Add(
                new ReviewComment
                {
                    Repository = repository,
                    DatabaseId = ++reviewCommentId,
                    PullRequest = item,
                    Review = made,
                    // A review's comments are all its author's.
                    Author = made.Author,
                    Association = made.Association,
                    Body = Text(comment, "body") ?? "",
                    OriginalPosition = comment.GetProperty("originalPosition")
                        is { ValueKind: JsonValueKind.Number } position
                        ? position.GetInt32()
                        : null,
                    FilePath = "draft-ietf-tls-tls13.md",
                    Commit = item.HeadRefOid,
                    CreatedAt = Time(comment, "createdAt")!.Value,
                    UpdatedAt = Time(comment, "updatedAt")!.Value,
                }
            );
        }
    }

    private void Comments(JsonElement source, IssueLike parent)
    {
        foreach (
            var comment in source
                .GetProperty("comments")
                .EnumerateArray()
                .OrderBy(comment => Time(comment, "createdAt"))
        )
        {
            repository.Add(
                new IssueComment
                {
                    Repository = repository,
                    DatabaseId = ++commentId,
                    Parent = parent,
                    Author = Account(Text(comment, "author"), AccountKind.User),
                    Association = Text(comment, "authorAssociation") ?? "NONE",
                    Body = Text(comment, "body") ?? "",
                    CreatedAt = Time(comment, "createdAt")!.Value,
                    UpdatedAt = Time(comment, "updatedAt")!.Value,
                }
            );
        }
    }

    // A null author stays one: a deleted account.
    private Account? Account(string? login, AccountKind kind) =>
        login is null
            ? null
            : world.Account(
                login,
                () =>
                    new Account
                    {
                        Kind = kind,
                        Login = login,
                        DatabaseId = FirstAccountId + world.Accounts,
                        CreatedAt = new DateTimeOffset(2012, 1, 1, 0, 0, 0, TimeSpan.Zero),
                    }
            );

    private Label[] Labels(JsonElement item) =>
        [
            .. item.GetProperty("labels")
                .EnumerateArray()
                .Select(name => Label(name.GetString()!))
                .OrderBy(label => label.DatabaseId),
        ];

    // One that is used but not listed was deleted since.
    private Label Label(string name)
    {
        if (!labels.TryGetValue(name, out var label))
        {
            label = new Label(repository, 2_000 + labels.Count, name, "ededed", null);
            labels.Add(name, label);
            repository.Labels.Add(label);
        }

        return label;
    }

    private Account[] Assignees(JsonElement item) =>
        [
            .. item.GetProperty("assignees")
                .EnumerateArray()
                .Select(login => Account(login.GetString(), AccountKind.User)!)
                .OrderBy(account => account.DatabaseId),
        ];

    private static HashSet<string> Logins(JsonElement element)
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<JsonElement>([element]);
        while (open.TryPop(out var next))
        {
            if (next.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in next.EnumerateObject())
                {
                    if (member.Name is "author" or "mergedBy" && member.Value.ValueKind == JsonValueKind.String)
                    {
                        found.Add(member.Value.GetString()!);
                    }
                    else
                    {
                        open.Push(member.Value);
                    }
                }
            }
            else if (next.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in next.EnumerateArray())
                {
                    open.Push(item);
                }
            }
        }

        return found;
    }

    // Ids of today's form name the repository.
    private static long? RepositoryId(JsonElement root) =>
        root.GetProperty("pulls")
            .EnumerateArray()
            .Concat(root.GetProperty("issues").EnumerateArray())
            .Select(item => NodeId.Parse(Text(item, "id")!)?.RepositoryId)
            .FirstOrDefault(id => id is not null);

    private static DateTimeOffset First(JsonElement root) =>
        root.GetProperty("issues")
            .EnumerateArray()
            .Concat(root.GetProperty("pulls").EnumerateArray())
            .Min(item => Time(item, "createdAt"))
        ?? DateTimeOffset.UnixEpoch;

    private static long Id(JsonElement item) =>
        NodeId.Parse(Text(item, "id")!)?.DatabaseId
        ?? throw new FormatException($"'{Text(item, "id")}' is no node id.");

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetDateTimeOffset()
            : null;
}
