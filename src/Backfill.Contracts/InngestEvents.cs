namespace Backfill;

/// <summary>
/// The events that the stages send by default, and those about a repository's sync that the app contributor.info had handlers for
/// on 2026-07-14 (its commit babb1aa9). The app of an operator may have others: the names are parameters.
/// </summary>
public static class InngestEvents
{
    /// <summary>Asks for a sync. The app's guide sends it, and nothing in the app handles it.</summary>
    public const string Sync = "github/repository.sync";

    /// <summary>Asks for embeddings; at most a hundred items an event.</summary>
    public const string Embedding = "embeddings/compute.requested";

    /// <summary>Asks for a workspace's metrics; the deployed handler stores nothing.</summary>
    public const string Metrics = "workspace.metrics.aggregate";

    /// <summary>Events about a repository's sync that the app has handlers for, the best one first.</summary>
    public static IReadOnlyList<string> HandledSyncs { get; } =
    [
        "capture/repository.sync.graphql",
        "capture/repository.sync",
        "capture/repository.sync.enhanced",
        "capture/repository.issues",
        "capture/repository.discussions",
        "capture/repository.comments.all",
    ];
}
