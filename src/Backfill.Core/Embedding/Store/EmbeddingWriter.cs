using Backfill.Core.Embedding.Providers;

namespace Backfill.Core.Embedding.Store;

/// <summary>
/// What is done with a provider's answers, whichever way they came: vectors are written where the text is still the embedded
/// one, refused texts are set aside, and so many refusals that they cannot be the texts' fault end the run.
/// </summary>
internal sealed class EmbeddingWriter(EmbeddingRun run)
{
    // More refusals than this are a matter of configuration, not of texts.
    private const int TextsToJudge = 200;
    private const double RefusedShareAllowed = 0.05;

    /// <summary>Gives items the vector of an identical text that has one.</summary>
    /// <returns>Those that were edited meanwhile.</returns>
    public async Task<List<EmbeddingItem>> ReuseAsync(
        EmbeddingStore store,
        List<EmbeddingItem> twins,
        CancellationToken cancellationToken
    )
    {
        var reused = await store.ReuseAsync(twins, cancellationToken);
        run.Tally.Add(twins.Where(item => reused.Contains(item.Id)), counts => counts.Reused++);
        return twins.FindAll(item => !reused.Contains(item.Id));
    }

    /// <summary>Writes the vectors.</summary>
    /// <param name="made">What became of each text, by its hash.</param>
    /// <param name="worker">Who claimed the texts.</param>
    /// <returns>Items that were edited meanwhile.</returns>
    public async Task<List<EmbeddingItem>> WriteAsync(
        EmbeddingStore store,
        IReadOnlyList<EmbeddingItem> items,
        IReadOnlyDictionary<string, EmbeddedText> made,
        string worker,
        CancellationToken cancellationToken
    )
    {
        var embedded = items.Where(item => made[item.TextHash].Vector is not null).ToList();
        if (embedded.Count == 0)
        {
            return [];
        }

        // Items of one text share its place.
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var vectors = new List<float[]>();
        foreach (var item in embedded)
        {
            if (places.TryAdd(item.TextHash, vectors.Count))
            {
                vectors.Add(made[item.TextHash].Vector!);
            }
        }

        var written = await store.WriteAsync(
            embedded,
            [.. embedded.Select(item => places[item.TextHash])],
            vectors,
            worker,
            cancellationToken
        );
        var stored = embedded.FindAll(item => written.Contains(item.Id));
        var originals = stored.DistinctBy(item => item.TextHash, StringComparer.Ordinal).ToHashSet();
        run.Tally.Add(originals, counts => counts.Embedded++);
        run.Tally.Add(stored.Where(item => !originals.Contains(item)), counts => counts.Reused++);
        run.Tally.Add(
            stored.Where(item => item.IsShortened || made[item.TextHash].IsShortened),
            counts => counts.Shortened++
        );
        var superseded = embedded.FindAll(item => !written.Contains(item.Id));
        run.Tally.Add(superseded, counts => counts.Superseded++);
        return superseded;
    }

    /// <summary>Sets items aside with their reasons.</summary>
    /// <param name="worker">Who claimed the texts.</param>
    public async Task QuarantineAsync(
        EmbeddingStore store,
        IReadOnlyList<EmbeddingItem> items,
        Func<EmbeddingItem, string> reason,
        string worker,
        CancellationToken cancellationToken
    )
    {
        if (items.Count == 0)
        {
            return;
        }

        await store.QuarantineAsync(items, [.. items.Select(reason)], worker, cancellationToken);
        run.Tally.Add(items, counts => counts.Quarantined++);
        run.Tally.Refuse(reason(items[^1]));
    }

    /// <summary>Ends the run when the provider refuses so many texts that it cannot be the texts.</summary>
    /// <param name="refused">Texts that are refused now.</param>
    /// <param name="whole">It refused all that it was sent.</param>
    /// <exception cref="BackfillException">It is the configuration.</exception>
    public void RequireFewRefusals(int refused, string reason, bool whole)
    {
        var judged = Math.Max(TextsToJudge, run.Tally.Tried);
        if (whole || run.Tally.Total.Quarantined + refused > RefusedShareAllowed * judged)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Unavailable,
                $"The embedding provider refuses so many texts that it cannot be the texts: {reason}",
                "Check that the model takes texts of 2,000 characters, and the server's settings. What is embedded stays.",
                run.Provider.Model
            );
        }
    }
}
