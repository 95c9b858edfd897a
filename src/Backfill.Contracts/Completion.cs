namespace Backfill;

/// <summary>What the Tab key completes from the database.</summary>
public enum CompletionKind
{
    /// <summary>The names of repositories.</summary>
    Repository,

    /// <summary>The names of workspaces.</summary>
    Workspace,

    /// <summary>The ids of runs, the newest first.</summary>
    Run,

    /// <summary>The ids or categories of checks. The database is not asked.</summary>
    Check,

    /// <summary>The models with a price, and the models of the stored vectors.</summary>
    Model,

    /// <summary>The ids of batches at a provider that have not ended.</summary>
    Batch,
}

/// <summary>A request of the Tab key.</summary>
/// <param name="Kind">What is completed.</param>
/// <param name="Word">The text that stands at the cursor.</param>
public sealed record CompletionRequest(CompletionKind Kind, string Word);

/// <summary>A value that completes a word.</summary>
/// <param name="Text">Gets the text that goes into the command line.</param>
/// <param name="Tip">Gets what is shown about the value.</param>
public sealed record Completion(string Text, string Tip);
