namespace Backfill.Simulation.Data;

/// <summary>What to generate.</summary>
/// <param name="FullName">owner/name.</param>
/// <param name="Seed">The same seed makes the same repository.</param>
/// <param name="Until">The last moment of its history.</param>
/// <param name="Shape">Exact counts, whose numbers of items are those asked for; null for children as they fall.</param>
public sealed record GeneratorSettings(
    string FullName,
    int PullRequests,
    int Issues,
    int Discussions,
    int Seed,
    DateTimeOffset Until,
    RepositoryShape? Shape = null
);

/// <summary>
/// Makes a repository of any size from a seed: a few items with very many children and most with few, several at
/// the same second, ids on both sides of 2^31 and of 2^32, authors that are programs, deleted or of rare kinds.
/// </summary>
public sealed partial class RepositoryGenerator
{
    private static readonly string[] Files =
    [
        "src/Program.cs",
        "src/cache/pool.ts",
        "README.md",
        "docs/größe.md",
        "build/Dockerfile",
    ];
    private static readonly string[] Associations =
    [
        "NONE",
        "NONE",
        "CONTRIBUTOR",
        "CONTRIBUTOR",
        "MEMBER",
        "COLLABORATOR",
        "OWNER",
    ];
    private static readonly string[] ReviewStates =
    [
        "APPROVED",
        "APPROVED",
        "COMMENTED",
        "COMMENTED",
        "COMMENTED",
        "CHANGES_REQUESTED",
        "DISMISSED",
    ];

    private const long IdsPerRepository = 20_000_000_000;
    private const long DiscussionIdsPerRepository = 10_000_000;

    private readonly GeneratorSettings settings;
    private readonly World world;
    private readonly AccountGenerator accounts;
    private readonly SimulatedRepository repository;
    private readonly Ids pullRequestIds;
    private readonly Ids issueIds;
    private readonly Ids reviewIds;
    private readonly Ids reviewCommentIds;
    private readonly Ids commentIds;
    private readonly DateTimeOffset[] sweeps;
    private readonly ShapedCounts? shaped;
    private long discussionId;
    private long discussionCommentId;
    private Dice dice;

    private RepositoryGenerator(World world, GeneratorSettings settings)
    {
        (this.world, this.settings) = (world, settings);
        dice = new Dice(((ulong)settings.Seed * 1_000_003) + (ulong)settings.PullRequests);
        var items = settings.PullRequests + settings.Issues + settings.Discussions;
        var shape = settings.Shape;
        accounts = new AccountGenerator(
            world,
            dice.Next(),
            shape is null ? 12 + (int)(4 * Math.Sqrt(items)) : shape.People - AccountGenerator.NoPeople,
            settings.Until
        );
        // No two repositories of GitHub have an id in common.
        var before = world.Repositories.Count;
        var idsBefore = before * IdsPerRepository;
        discussionId = 5_000_000 + (before * DiscussionIdsPerRepository);
        discussionCommentId = discussionId + 4_000_000;
        pullRequestIds = new Ids(settings.PullRequests, idsBefore);
        issueIds = new Ids(settings.Issues, idsBefore);
        reviewIds = new Ids(shape?.Reviews ?? settings.PullRequests * 2, idsBefore);
        reviewCommentIds = new Ids(shape?.ReviewComments ?? settings.PullRequests * 3, idsBefore);
        commentIds = new Ids(
            shape is null
                ? (settings.PullRequests * 3) + (settings.Issues * 4)
                : shape.PullRequestComments + shape.IssueComments,
            idsBefore
        );
        shaped = shape is null ? null : new ShapedCounts(shape, ref dice);
        // A program that touches many old items within one second.
        sweeps = [.. Enumerable.Range(1, 4).Select(index => settings.Until.AddDays(-25 * index).AddSeconds(-index))];
        repository = MakeRepository(items);
    }

    /// <summary>Generates a repository and adds it to the world.</summary>
    public static SimulatedRepository Add(World world, GeneratorSettings settings)
    {
        var generator = new RepositoryGenerator(world, settings);
        generator.Fill();
        if (settings.Shape is not null)
        {
            generator.LetEveryoneWrite();
        }

        world.Add(generator.repository);
        return generator.repository;
    }

    private SimulatedRepository MakeRepository(int items)
    {
        var (owner, name) = (
            settings.FullName[..settings.FullName.IndexOf('/', StringComparison.Ordinal)],
            settings.FullName[(settings.FullName.IndexOf('/', StringComparison.Ordinal) + 1)..]
        );
        var made = new SimulatedRepository
        {
            DatabaseId = 1_296_269 + world.Repositories.Count,
            Owner = world.Account(
                owner,
                () =>
                    new Account
                    {
                        Kind = AccountKind.Organization,
                        Login = owner,
                        DatabaseId = 583_231 + (world.Repositories.Count * 7),
                        Name = owner,
                        CreatedAt = settings.Until.AddYears(-10),
                    }
            ),
            Name = name,
            Description = "A generated repository. \ud83d\udc19",
            Homepage = "https://example.com",
            Language = "C#",
            License = "MIT",
            Topics = ["sample", "generated", "backfill"],
            Stars = items * 3,
            Watchers = items / 5,
            Forks = items / 4,
            SizeKilobytes = items * 17,
            HasDiscussions = settings.Discussions > 0,
            CreatedAt = Start.AddDays(-3),
            UpdatedAt = settings.Until,
            PushedAt = settings.Until,
        };
        foreach (
            var (label, color, index) in new[]
            {
                ("bug", "d73a4a", 1),
                ("enhancement", "a2eeef", 2),
                ("documentation", "0075ca", 3),
                ("good first issue", "7057ff", 4),
                ("needs: info 🙏", "ffffff", 5),
                ("wontfix", "000000", 6),
                ("area/parser", "c5def5", 7),
                ("duplicate", "cfd3d7", 8),
            }
        )
        {
            made.Labels.Add(
                new Label(made, 3_000_000_000 + index, label, color, index % 2 == 0 ? null : $"About {label}")
            );
        }

        made.Milestones.Add(new Milestone(made, 11_000_001, 1, "1.0"));
        made.Milestones.Add(new Milestone(made, 11_000_002, 2, "2.0"));
        made.Categories.Add(new DiscussionCategory(made, 40_000_001, "Q&A", "Ask the community", ":pray:", true));
        made.Categories.Add(new DiscussionCategory(made, 40_000_002, "Ideas", "Share ideas", ":bulb:", false));
        made.Categories.Add(
            new DiscussionCategory(made, 40_000_003, "Show and tell", "Show off", ":raised_hands:", false)
        );
        return made;
    }

    private DateTimeOffset Start => settings.Until.AddDays(-900);

    private void Fill()
    {
        var (pullRequests, issues, discussions) = (settings.PullRequests, settings.Issues, settings.Discussions);
        var total = pullRequests + issues + discussions;
        for (var number = 1; number <= total; number++)
        {
            var left = total - number + 1;
            // Never after the last moment, and a little denser towards it.
            var created = Second(Start + ((settings.Until - Start) * Math.Pow((number - dice.Share()) / total, 0.85)));
            var roll = dice.Below(left);
            if (roll < pullRequests)
            {
                PullRequest(number, created, settings.PullRequests - pullRequests--);
            }
            else if (roll < pullRequests + issues)
            {
                Issue(number, created, settings.Issues - issues--);
            }
            else
            {
                Discussion(number, created, settings.Discussions - discussions--);
            }
        }
    }

    // Whoever wrote nothing yet takes over a comment of somebody who wrote more than one.
    private void LetEveryoneWrite()
    {
        var written = repository
            .Entries.Where(entry => entry.Author is not null)
            .GroupBy(entry => entry.Author!)
            .ToDictionary(group => group.Key, group => group.Count());
        var silent = new Queue<Account>(
            accounts
                .People.Concat(accounts.Bots)
                .Concat(accounts.Others)
                .Where(account => !written.ContainsKey(account))
        );
        // All over the history, as in a real repository: who writes once does so at any time.
        var comments = repository.IssueComments.All;
        for (var step = Math.Max(1, comments.Count / Math.Max(1, 2 * silent.Count)); step > 0; step = step == 1 ? 0 : 1)
        {
            for (var at = 0; at < comments.Count; at += step)
            {
                if (silent.Count == 0)
                {
                    return;
                }

                if (comments[at].Author is { } author && written[author] > 1)
                {
                    written[author]--;
                    comments[at].Author = silent.Dequeue();
                }
            }
        }

        throw new InvalidOperationException("There are too few comments for so many people.");
    }

    // How many children: given for the few that every repository must have, else most often few and sometimes very many.
    private int Count(int index, double mean, params ReadOnlySpan<(int Index, int Count)> given)
    {
        foreach (var (at, count) in given)
        {
            if (index == at)
            {
                return count;
            }
        }

        return dice.Chance(0.008) ? 21 + dice.Geometric(25) : dice.Geometric(mean);
    }

    private void Touch(Item item, DateTimeOffset last)
    {
        var touched = Later(last, item.ClosedAt ?? last);
        var sweep = dice.Pick(sweeps);
        item.UpdatedAt = item.ClosedAt is not null && touched < sweep && dice.Chance(0.1) ? sweep : touched;
    }

    private DateTimeOffset? Closing(DateTimeOffset created, double share, double meanDays)
    {
        var at = Second(created.AddSeconds(dice.Geometric(meanDays * 86_400)));
        return dice.Chance(share) && at <= settings.Until ? at : null;
    }

    private DateTimeOffset? Edited(DateTimeOffset at)
    {
        var edited = at.AddSeconds(30 + dice.Geometric(5_000));
        return dice.Chance(0.08) && edited <= settings.Until ? edited : null;
    }

    // Ascending; some at the same second.
    private List<DateTimeOffset> Times(DateTimeOffset from, DateTimeOffset to, int count)
    {
        var times = new List<DateTimeOffset>(count);
        for (; count > 0; count--)
        {
            times.Add(times.Count > 0 && dice.Chance(0.05) ? times[^1] : Second(from + ((to - from) * dice.Share())));
        }

        times.Sort();
        return times;
    }

    private Label[] SomeLabels() =>
        [.. repository.Labels.Where(_ => dice.Chance(0.15)).OrderBy(label => label.DatabaseId)];

    private Account[] SomeAssignees() =>
        dice.Chance(0.7)
            ? []
            :
            [
                .. Enumerable
                    .Range(0, 1 + dice.Below(3))
                    .Select(_ => accounts.Human(ref dice))
                    .Distinct()
                    .OrderBy(account => account.DatabaseId),
            ];

    private TextSeed Seed() => new(dice.Next() | 1);

    private string Oid()
    {
        Span<byte> bytes = stackalloc byte[20];
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] = (byte)dice.Below(256);
        }

        return Convert.ToHexStringLower(bytes);
    }

    private static DateTimeOffset Second(DateTimeOffset at) =>
        DateTimeOffset.FromUnixTimeSeconds(at.ToUnixTimeSeconds());

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    /// <summary>Ids of one kind: ascending, in the first repository from below 2^31 to above it, the last ones above 2^32.</summary>
    private sealed class Ids(int expected, long before)
    {
        private long last = before + int.MaxValue - expected;
        private int given;

        public long Next(ref Dice dice)
        {
            last += 1 + dice.Below(3);
            if (++given == Math.Max(2, expected * 9 / 10))
            {
                last += 2_500_000_000;
            }

            return last;
        }
    }
}
