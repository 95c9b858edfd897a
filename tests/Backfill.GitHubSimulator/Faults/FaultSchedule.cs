using Backfill.Simulation.Data;

namespace Backfill.Simulation.Faults;

/// <summary>
/// Faults at random requests, all of which end: a client that retries, waits and shrinks its pages comes through with
/// the same rows as without them. As text, the rules with blanks between them.
/// </summary>
/// <param name="Rules">To be added to a <see cref="FaultSwitch"/>.</param>
public sealed record FaultSchedule(IReadOnlyList<FaultRule> Rules)
{
    private const int FewestRules = 4;
    private const int MostRules = 10;

    // Requests of a run over a few hundred items. REST has fewer.
    private const int LastGraphQL = 25;
    private const int LastRest = 8;

    // Of faults that only some requests can meet, as those with a large page or a cursor.
    private const int LastOfSome = 6;

    private static readonly Candidate[] Candidates =
    [
        new("http-502", MostCount: 3),
        new("http-502-html", MostCount: 3),
        new("http-504", MostCount: 3),
        new("http-500", MostCount: 2),
        new("http-503", MostCount: 2),
        new("html-200", MostCount: 2),
        new("empty-200", MostCount: 2),
        new("errors-200", RequestKind.GraphQL, MostCount: 3),
        new("errors-200-dated", RequestKind.GraphQL, MostCount: 2),
        new("timedout-200", RequestKind.GraphQL, MostCount: 2),
        new("truncated-body", MostCount: 2),
        new("cut-body", MostCount: 2),
        new("truncated-gzip", MostCount: 2),
        new("content-length-mismatch", MostCount: 2),
        // GitHub refuses a good token now and then.
        new("401"),
        new("timeout"),
        new("stalled-body"),
        new("rate-limited-200", RequestKind.GraphQL, 1, 300),
        new("rate-limited-code-200", RequestKind.GraphQL, 1, 300),
        new("rate-limited-remaining", RequestKind.GraphQL, 1, 300),
        new("rate-limited-403", RequestKind.Rest, 1, 300),
        new("rate-limited-429", RequestKind.Rest, 1, 300),
        new("last-page", null, 1, 300),
        new("reset-in-past", null, 1, 300),
        new("secondary-403-retry-after", null, 1, 120),
        new("secondary-429-retry-after", null, 1, 120),
        new("secondary-403"),
        new("secondary-429"),
        new("secondary-200", RequestKind.GraphQL),
        new("limiter-extends", null, 1, 60),
        new("shared-budget", null, 1, 900, MostCount: 5),
        new("window-resets-early"),
        new("page-too-heavy", RequestKind.GraphQL, 3, 20, MostCount: 4, Last: LastOfSome),
        new("many-nodes", RequestKind.GraphQL, 200, 900, MostCount: 5, Last: LastOfSome),
        new("review-comments-refused", RequestKind.Rest, MostCount: 4, Last: LastOfSome),
        new("issue-comments-refused", RequestKind.Rest, MostCount: 4, Last: LastOfSome),
        new("resource-limits", RequestKind.GraphQL, 3, 20, MostCount: 3, Last: LastOfSome),
        new("resource-limits-without-path", RequestKind.GraphQL, 3, 20, MostCount: 3, Last: LastOfSome),
        new("resource-limits-null-nodes", RequestKind.GraphQL, 3, 20, MostCount: 3, Last: LastOfSome),
        new("resource-limits-null-connection", RequestKind.GraphQL, 3, 20, MostCount: 3, Last: LastOfSome),
        new("stale-cursor", RequestKind.GraphQL, Last: LastOfSome),
        new("has-next-without-cursor", RequestKind.GraphQL, Last: LastOfSome),
        new("cursor-unchanged", RequestKind.GraphQL, Last: LastOfSome),
        new("empty-page", RequestKind.GraphQL, Last: LastOfSome),
        new("ignored-etag", RequestKind.Rest, MostCount: 3),
        new("no-etag", RequestKind.Rest, MostCount: 3),
        new("item-updated", RequestKind.GraphQL),
        new("item-created", RequestKind.GraphQL),
    ];

    /// <summary>Names of all that a schedule can hold, but for the clock.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Candidates.Select(candidate => candidate.Name)];

    /// <summary>The schedule of a seed.</summary>
    /// <param name="seed">The same one makes the same schedule.</param>
    /// <param name="without">Faults that it must not hold, as those that a client comes through only by a long wait in real time.</param>
    public static FaultSchedule Of(int seed, params IReadOnlyCollection<string> without)
    {
        var dice = new Dice((ulong)seed * 0x9E3779B9 + 17);
        var candidates = Candidates.Where(candidate => !without.Contains(candidate.Name)).ToList();
        var rules = new List<FaultRule>();
        // Either for the whole run or not at all, as a clock is.
        if (dice.Chance(0.3))
        {
            rules.Add(
                new FaultRule(dice.Chance(0.5) ? "clock-ahead" : "clock-behind") { Parameter = 1 + dice.Below(600) }
            );
        }

        for (var count = rules.Count + FewestRules + dice.Below(MostRules - FewestRules + 1); rules.Count < count; )
        {
            // Each once for an interface: two in a row are another fault, as of a token that is refused twice.
            var rule = dice.Pick(candidates).Rule(ref dice);
            if (!rules.Exists(other => other.Name == rule.Name && other.Kind == rule.Kind))
            {
                rules.Add(rule);
            }
        }

        return new FaultSchedule(rules);
    }

    /// <summary>The schedule of a text, as a failed assertion shows it.</summary>
    /// <exception cref="FormatException">A part of it is no rule.</exception>
    public static FaultSchedule Parse(string text) =>
        new([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(FaultRule.Parse)]);

    /// <summary>Switches all of them on.</summary>
    public void AddTo(FaultSwitch faults)
    {
        foreach (var rule in Rules)
        {
            faults.Add(rule);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Rules);

    /// <summary>A fault that a schedule may hold.</summary>
    /// <param name="Kind">For which requests; null is either.</param>
    /// <param name="Least">Of its parameter; null is none.</param>
    /// <param name="Last">The last request at which it may begin; null is that of its interface.</param>
    private sealed record Candidate(
        string Name,
        RequestKind? Kind = null,
        int? Least = null,
        int Most = 0,
        int MostCount = 1,
        int? Last = null
    )
    {
        public FaultRule Rule(ref Dice dice)
        {
            var kind = Kind ?? (dice.Chance(0.6) ? RequestKind.GraphQL : RequestKind.Rest);
            return new FaultRule(Name)
            {
                Kind = kind,
                Parameter = Least is { } least ? least + dice.Below(Most - least + 1) : null,
                From = 1 + dice.Below(Last ?? (kind == RequestKind.GraphQL ? LastGraphQL : LastRest)),
                Count = 1 + dice.Below(MostCount),
            };
        }
    }
}
