namespace Backfill;

/// <summary>Who does the work of a stage.</summary>
public enum EngineKind
{
    /// <summary>This process.</summary>
    Local,

    /// <summary>The functions that are deployed at Inngest: an event asks for them.</summary>
    Inngest,
}
