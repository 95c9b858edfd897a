using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>A cmdlet that has vectors made: how many at once, how fast, for how much, and whether at once or within a day.</summary>
public abstract class LimitedEmbeddingCommand : EmbeddingEngineCommand
{
    private protected const string BatchIdSet = "BatchId";

    // What the Batch API decides by itself, or what a day without indexes would do.
    private static readonly string[] NotInBatch =
    [
        nameof(BatchSize),
        nameof(Delay),
        nameof(TokensPerMinute),
        nameof(RequestsPerMinute),
        nameof(ThrottleLimit),
        nameof(RebuildIndex),
    ];

    /// <summary>Goes on with these batches of the Batch API only, by the ids that a result's Batches tell, and submits nothing.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BatchIdSet)]
    [ValidateNotNullOrEmpty]
    public string[] BatchId { get; set; } = [];

    /// <summary>Embed by OpenAI's Batch API: half the price, within 24 hours. Waits for the end and shows how far it is; Ctrl+C leaves what is submitted at the provider, and the same call goes on with it. Repositories from the pipeline are submitted together.</summary>
    [Parameter]
    public SwitchParameter Batch { get; set; }

    /// <summary>With -Batch or -BatchId: brings in what is finished and submits what is missing, but does not wait. What is under way then has the state Waiting.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>Items in one batch: taken, embedded and written together.</summary>
    [Parameter]
    [ValidateRange(1, 2048)]
    public int BatchSize { get; set; } = 200;

    /// <summary>Batches at most; without it until nothing is left. With -Batch, batches submitted; with -Engine Inngest, events for each repository.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxIterations { get; set; }

    /// <summary>The pause between two batches, or two events, in seconds or as hours:minutes:seconds; none without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan Delay { get; set; }

    /// <summary>Tokens a minute that the provider allows. Without it what its answers say.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? TokensPerMinute { get; set; }

    /// <summary>Requests a minute that the provider allows. Without it what its answers say.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? RequestsPerMinute { get; set; }

    /// <summary>Batches under way at once, at most. Without it 16 for a provider on the network, and as many as there are processors for one on this machine.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int? ThrottleLimit { get; set; }

    /// <summary>What it may cost at most for each repository that comes in, or for all of -Workspace, -All or -Batch together, in US dollars.</summary>
    [Parameter]
    [ValidateRange(0.0, 1_000_000.0)]
    public decimal? CostLimit { get; set; }

    /// <summary>Drop the indexes over the vectors (ivfflat, hnsw) first and build them again at the end, without keeping writers out: for many items that is much quicker, and an ivfflat index needs it after the first time. Searches are slow until then.</summary>
    [Parameter]
    public SwitchParameter RebuildIndex { get; set; }

    /// <summary>Whether the Batch API is meant.</summary>
    private protected bool IsBatch => Batch || ParameterSetName == BatchIdSet;

    /// <summary>Refuses what does not go with -Batch, or not without it.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        var given = NotInBatch.Where(MyInvocation.BoundParameters.ContainsKey).Select(name => $"-{name}").ToList();
        if (IsBatch && given.Count > 0)
        {
            Refuse(
                Exclusive(
                    $"{string.Join(", ", given)} and the Batch API exclude each other.",
                    given.Contains($"-{nameof(RebuildIndex)}")
                        ? "Submit with -Batch -NoWait; the indexes can be rebuilt by the call without -Batch that brings the answers in."
                        : "Leave them out: a batch has the provider's own size and pace."
                )
            );
        }

        if (NoWait && !IsBatch)
        {
            Refuse(Exclusive("-NoWait is for batches at the provider.", "Give -Batch too, or leave it out."));
        }
    }

    /// <summary>A request within the limits that are given.</summary>
    private protected EmbeddingRequest Limit(EmbeddingRequest request) =>
        request with
        {
            BatchSize = BatchSize,
            MaxIterations = MaxIterations,
            Delay = Delay,
            TokensPerMinute = TokensPerMinute,
            RequestsPerMinute = RequestsPerMinute,
            ThrottleLimit = ThrottleLimit,
            CostLimit = CostLimit,
            RebuildIndex = RebuildIndex,
            Batch = IsBatch,
            NoWait = NoWait,
        };

    /// <summary>Embeds the repositories of a request, and hands those on as failed that cannot be embedded.</summary>
    private protected void EmbedNamed(string target, EmbeddingRequest request)
    {
        var failure = Attempt((engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token));
        // A batch does not begin while one of its repositories is unknown: the others go on without it.
        while (
            request.Repositories.Count > 1
            && failure is BackfillException { ErrorId: ErrorIds.RepositoryNotTracked, Subject: string unknown }
        )
        {
            Fail(unknown, failure);
            request = request with { Repositories = [.. request.Repositories.Where(name => !Is(name, unknown))] };
            failure = Attempt((engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token));
        }

        if (failure is null)
        {
            return;
        }

        if (request.Repositories is [var only])
        {
            Fail(only.FullName, failure);
            return;
        }

        WriteFailure(failure, target);
        foreach (var repository in request.Repositories)
        {
            HandOnFailed(repository.FullName, MessageOf(failure), isReported: true);
        }
    }

    private static bool Is(RepositoryName name, string text) =>
        name.FullName.Equals(text, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    internal override void Emit(object result)
    {
        if (result is not EmbeddingResult one)
        {
            base.Emit(result);
            return;
        }

        if (one is { Error: null } && EarlierFailureOf(one.Repository) is { IsCarried: true } earlier)
        {
            one = one with { Error = earlier.Error };
        }

        if (one is { State: RunState.Planned, Estimate: { } estimate })
        {
            one = one with { Total = AddPlan(one.Repository, PipelineEstimate.Of(estimate)) };
            SayPlan(PlanText.Of(one, estimate));
        }

        base.Emit(one);
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new EmbeddingResult
            {
                Repository = repository,
                State = FailedState,
                Error = error,
            }
        );
}
