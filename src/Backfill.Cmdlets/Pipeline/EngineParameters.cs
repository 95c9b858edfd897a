namespace Backfill.Cmdlets.Pipeline;

/// <summary>Parameters that mean something to one of the engines alone.</summary>
internal static class EngineParameters
{
    /// <summary>The error about a parameter that the engine would not heed; null when there is none.</summary>
    /// <param name="engine">The chosen one.</param>
    /// <param name="bound">The parameters that were given.</param>
    /// <param name="local">Those of the local engine.</param>
    /// <param name="inngest">Those of the Inngest engine.</param>
    internal static BackfillException? Conflict(
        EngineKind engine,
        IEnumerable<string> bound,
        IReadOnlyList<string> local,
        IReadOnlyList<string> inngest
    )
    {
        var unheeded = engine == EngineKind.Local ? inngest : local;
        string[] given = [.. bound.Where(name => unheeded.Contains(name, StringComparer.OrdinalIgnoreCase))];
        return given.Length == 0
            ? null
            : new BackfillException(
                ErrorIds.ParameterConflict,
                ErrorKind.Input,
                $"The engine {engine} does not heed {string.Join(" and ", given.Select(name => $"-{name}"))}.",
                engine == EngineKind.Local
                    ? "Leave it out, or choose -Engine Inngest."
                    : "Leave it out: what a function does is decided where it is deployed.",
                given[0]
            );
    }
}
