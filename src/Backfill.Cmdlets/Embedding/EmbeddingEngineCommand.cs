using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>A cmdlet that embeds here, or has it done at Inngest.</summary>
public abstract class EmbeddingEngineCommand : EmbeddingCommand
{
    // What is decided where the function is deployed.
    private static readonly string[] OfTheLocalEngine =
    [
        nameof(Provider),
        nameof(Model),
        nameof(OpenAIKey),
        nameof(AzureOpenAIKey),
        nameof(Dimensions),
        nameof(LimitedEmbeddingCommand.Batch),
        nameof(LimitedEmbeddingCommand.BatchId),
        nameof(LimitedEmbeddingCommand.NoWait),
        nameof(LimitedEmbeddingCommand.BatchSize),
        nameof(LimitedEmbeddingCommand.TokensPerMinute),
        nameof(LimitedEmbeddingCommand.RequestsPerMinute),
        nameof(LimitedEmbeddingCommand.ThrottleLimit),
        nameof(LimitedEmbeddingCommand.CostLimit),
        nameof(LimitedEmbeddingCommand.RebuildIndex),
        nameof(InvokeEmbeddingBackfillCommand.AllowModelChange),
    ];

    /// <summary>Who does it: Local, this process; or Inngest, the function that is deployed there.</summary>
    [Parameter]
    public EngineKind Engine { get; set; }

    /// <summary>With -Engine Inngest, the event that asks for it; embeddings/compute.requested without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string EventName { get; set; } = InngestEvents.Embedding;

    /// <summary>With -Engine Inngest, how long to wait for each repository at most, in seconds or as hours:minutes:seconds; 15 minutes without it.</summary>
    [Parameter]
    [Seconds]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Refuses what the chosen engine would not heed.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        RefuseUnheeded(Engine, OfTheLocalEngine, inngest: [nameof(EventName), nameof(Timeout)]);
    }
}
