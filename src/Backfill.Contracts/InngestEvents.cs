namespace Backfill;

/// <summary>
/// The events that the stages send by default, and the events for a sync that the app contributor.info handled on 2026-07-14
/// (its commit babb1aa9). Another app may handle other events, so the names are parameters.
/// </summary>
public static class InngestEvents
{
    /// <summary>Asks for a sync. The app's guide sends it, but no function of the app handles it.</summary>
    public const string Sync = "github/repository.sync";

    /// <summary>Asks for embeddings, for at most a hundred items per event.</summary>
    public const string Embedding = "embeddings/compute.requested";

    /// <summary>Asks for the metrics of a workspace. The deployed function stores nothing.</summary>
    public const string Metrics = "workspace.metrics.aggregate";

    /// <summary>Gets the events for a sync of a repository that the app handles, the best one first.</summary>
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
