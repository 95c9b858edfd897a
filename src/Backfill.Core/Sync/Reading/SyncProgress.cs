using System.Collections.Concurrent;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What a run has done so far. The lanes write it. Progress, heartbeats and waiting commands read it.</summary>
internal sealed class SyncProgress : IGitHubListener
{
    private const int MostNotes = 100;

    private readonly Lock sync = new();
    private readonly Dictionary<EntityKind, EntityCount> counts = [];
    private readonly ConcurrentQueue<string> notes = new();
    private readonly ConcurrentQueue<string> warnings = new();
    private int requests;
    private int points;
    private DateTimeOffset? waitingUntil;
    private string waitingFor = "";

    /// <summary>Gets the slice that the run works in; null where the run works until its end.</summary>
    public RunSlice? Slice { get; init; }

    public int Requests => Volatile.Read(ref requests);

    public int Points => Volatile.Read(ref points);

    /// <summary>Gets the limit that holds the run back, and when it ends; null while no limit does.</summary>
    public (DateTimeOffset Until, string Reason)? WaitsFor
    {
        get
        {
            lock (sync)
            {
                return waitingUntil is { } until ? (until, waitingFor) : null;
            }
        }
    }

    /// <summary>Gets the counts of every entity that has one, in the order of the pipeline.</summary>
    public IReadOnlyList<EntityCount> Counts
    {
        get
        {
            lock (sync)
            {
                return [.. EntityKind.Counted.Where(counts.ContainsKey).Select(entity => counts[entity])];
            }
        }
    }

    /// <summary>Returns the count of one kind of rows.</summary>
    public EntityCount CountOf(EntityKind entity)
    {
        lock (sync)
        {
            return Of(entity);
        }
    }

    /// <summary>Returns the notes since the last call, and removes them.</summary>
    public IEnumerable<string> TakeNotes()
    {
        while (notes.TryDequeue(out var note))
        {
            yield return note;
        }
    }

    /// <summary>Adds a note, which <c>-Verbose</c> shows.</summary>
    public void Say(string note)
    {
        if (notes.Count < MostNotes)
        {
            notes.Enqueue(note);
        }
    }

    /// <summary>Returns the warnings since the last call, and removes them.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (warnings.TryDequeue(out var warning))
        {
            yield return warning;
        }
    }

    /// <summary>Adds a warning.</summary>
    public void Warn(string warning) => warnings.Enqueue(warning);

    /// <summary>Adds the rows that a page inserted, updated and repaired.</summary>
    public void AddWritten(IEnumerable<Written> page)
    {
        lock (sync)
        {
            foreach (var written in page)
            {
                var before = Of(written.Entity);
                counts[written.Entity] = before with
                {
                    Stored = before.Stored + written.Added,
                    Added = before.Added + written.Added,
                    Updated = before.Updated + written.Updated,
                    Repaired = before.Repaired + written.Repaired,
                };
            }
        }
    }

    /// <summary>Goes on from what earlier slices of the run did.</summary>
    public void GoOnFrom(RepoSync run)
    {
        lock (sync)
        {
            requests += run.Requests;
            points += run.Points;
            foreach (var entity in EntityKind.Counted)
            {
                if (run.Counts.FirstOrDefault(count => count.Entity == entity.Name) is { } earlier)
                {
                    counts[entity] = earlier;
                }
            }
        }
    }

    /// <summary>Sets the numbers of stored rows, after they were counted in the database.</summary>
    public void SetStoredCounts(IReadOnlyDictionary<EntityKind, long> stored)
    {
        lock (sync)
        {
            foreach (var (entity, rows) in stored)
            {
                counts[entity] = Of(entity) with { Stored = rows };
            }
        }
    }

    /// <summary>Sets GitHub's total of an entity; null where GitHub gives none.</summary>
    public void SetTotal(EntityKind entity, long? total)
    {
        lock (sync)
        {
            counts[entity] = Of(entity) with { GitHubTotal = total };
        }
    }

    /// <summary>Sets GitHub's totals of the items, as GitHub gave them at the beginning of a run.</summary>
    public void SetTotals(Probe probe)
    {
        // GitHub hides the issues of a repository that has issues switched off. They still exist.
        var hasIssues = probe.Metadata.HasIssues;
        lock (sync)
        {
            counts[EntityKind.PullRequests] = Of(EntityKind.PullRequests) with
            {
                GitHubTotal = probe.PullRequests,
                GitHubOpen = probe.OpenPullRequests,
                GitHubMerged = probe.MergedPullRequests,
            };
            counts[EntityKind.Issues] = Of(EntityKind.Issues) with
            {
                GitHubTotal = hasIssues ? probe.Issues : null,
                GitHubOpen = hasIssues ? probe.OpenIssues : null,
            };
            counts[EntityKind.Discussions] = Of(EntityKind.Discussions) with { GitHubTotal = probe.Discussions };
        }
    }

    /// <inheritdoc/>
    public void Sent(GitHubResource resource) => Interlocked.Increment(ref requests);

    /// <inheritdoc/>
    public void Charged(int charged) => Interlocked.Add(ref points, charged);

    /// <inheritdoc/>
    public void Waiting(DateTimeOffset? until, string reason)
    {
        lock (sync)
        {
            (waitingUntil, waitingFor) = (until, reason);
        }

        if (until is { } end)
        {
            Slice?.Waits(end);
        }
    }

    private EntityCount Of(EntityKind entity) =>
        counts.GetValueOrDefault(entity) ?? new EntityCount(entity.Name, 0, 0, 0, null);
}
