namespace Backfill;

/// <summary>The engine that does the work of a stage.</summary>
public enum EngineKind
{
    /// <summary>This process.</summary>
    Local,

    /// <summary>The functions that are deployed at Inngest. An event starts them.</summary>
    Inngest,
}
