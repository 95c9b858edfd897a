using Backfill.Cmdlets.Loading;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>The one place where the cmdlets reach what is outside them; tests put their own engine and clock here.</summary>
internal static class EngineAccess
{
    private static IBackfillEngine? replacement;

    /// <summary>The engine, loaded at the first use.</summary>
    internal static IBackfillEngine Engine
    {
        get => replacement ?? EngineLoader.Engine;
        set => replacement = value;
    }

    /// <summary>The clock.</summary>
    internal static TimeProvider Clock { get; set; } = TimeProvider.System;
}
