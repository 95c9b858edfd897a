namespace Backfill;

/// <summary>A stage of the pipeline that changes a database.</summary>
public enum PipelineStage
{
    /// <summary><c>Initialize-BackfillDatabase</c>.</summary>
    Initialize,

    /// <summary><c>Register-BackfillRepository</c>, <c>Start-RepoSync</c>.</summary>
    Sync,

    /// <summary><c>Invoke-EmbeddingBackfill</c>.</summary>
    Embed,

    /// <summary><c>Update-WorkspaceMetrics</c>.</summary>
    Metrics,
}
