using Backfill.Cmdlets.Loading;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>The engine and the clock of the cmdlets. Tests replace both.</summary>
internal static class EngineAccess
{
    private static IBackfillEngine? replacement;

    /// <summary>Gets the engine. It is loaded at the first use.</summary>
    internal static IBackfillEngine Engine
    {
        get => replacement ?? EngineLoader.Engine;
        set => replacement = value;
    }

    /// <summary>Gets the clock.</summary>
    internal static TimeProvider Clock { get; set; } = TimeProvider.System;
}
