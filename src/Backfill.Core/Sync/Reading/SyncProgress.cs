using System.Collections.Concurrent;
using Backfill.Core.GitHub;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What a run did so far. Written by the run's lanes, read by whoever shows or records it.</summary>
internal sealed class SyncProgress : IGitHubListener
{
    private const int MostNotes = 100;

    private readonly Lock sync = new();
    private readonly Dictionary<EntityKind, EntityCount> counts = [];
    private readonly ConcurrentQueue<string> notes = new();
    private int requests;
    private int points;
    private DateTimeOffset? waitingUntil;
    private string waitingFor = "";

    public int Requests => Volatile.Read(ref requests);

    public int Points => Volatile.Read(ref points);

    /// <summary>While a limit holds the run back: until when, and why.</summary>
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

    /// <summary>The counts of every entity that is known, in the order of the pipeline.</summary>
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

    /// <summary>The steps that were noted since the last call.</summary>
    public IEnumerable<string> TakeNotes()
    {
        while (notes.TryDequeue(out var note))
        {
            yield return note;
        }
    }

    /// <summary>Notes a step for whoever asked for details.</summary>
    public void Say(string note)
    {
        if (notes.Count < MostNotes)
        {
            notes.Enqueue(note);
        }
    }

    /// <summary>Counts what a page added and wrote again.</summary>
    public void Count(IEnumerable<Written> page)
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

    /// <summary>Corrects what is stored by a count of the rows.</summary>
    public void Stored(IReadOnlyDictionary<EntityKind, long> stored)
    {
        lock (sync)
        {
            foreach (var (entity, rows) in stored)
            {
                counts[entity] = Of(entity) with { Stored = rows };
            }
        }
    }

    /// <summary>Learns GitHub's own total; null where it gives none.</summary>
    public void Total(EntityKind entity, long? total)
    {
        lock (sync)
        {
            counts[entity] = Of(entity) with { GitHubTotal = total };
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
    }

    private EntityCount Of(EntityKind entity) =>
        counts.GetValueOrDefault(entity) ?? new EntityCount(entity.Name, 0, 0, 0, null);
}
