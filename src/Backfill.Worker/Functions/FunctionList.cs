namespace Backfill.Worker.Functions;

/// <summary>All functions of the worker.</summary>
internal sealed class FunctionList(FunctionContext context)
{
    /// <summary>Gets the functions.</summary>
    public IReadOnlyList<WorkerFunction> All { get; } =
    [
        new RequestedSyncFunction(context),
        new DueSyncFunction(context),
        new ChangedSyncFunction(context),
        new SlicesFunction(context),
        new CancelFunction(context),
        new EmbeddingFunction(context),
        new MetricsFunction(context),
        new CoverageFunction(context),
        new NightlyFunction(context),
        new WeeklyFunction(context),
    ];

    /// <summary>Gets what all functions work with.</summary>
    public FunctionContext Context { get; } = context;

    /// <summary>Returns a function by the id under which Inngest knows it; null where there is none.</summary>
    public WorkerFunction? Find(string id) => All.FirstOrDefault(function => Context.IdOf(function.Id) == id);
}
