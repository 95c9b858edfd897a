namespace Backfill.Cmdlets.Pipeline;

/// <summary>Finds parameters that the chosen engine does not use.</summary>
internal static class EngineParameters
{
    /// <summary>Returns the error about parameters that the engine does not use; null when there are none.</summary>
    /// <param name="engine">The chosen engine.</param>
    /// <param name="bound">The parameters that were given.</param>
    /// <param name="local">The parameters that only the local engine uses.</param>
    /// <param name="inngest">The parameters that only the Inngest engine uses.</param>
    internal static BackfillException? Conflict(
        EngineKind engine,
        IEnumerable<string> bound,
        IReadOnlyList<string> local,
        IReadOnlyList<string> inngest
    )
    {
        var unused = engine == EngineKind.Local ? inngest : local;
        string[] given = [.. bound.Where(name => unused.Contains(name, StringComparer.OrdinalIgnoreCase))];
        return given.Length == 0
            ? null
            : new BackfillException(
                ErrorIds.ParameterConflict,
                ErrorKind.Input,
                $"The engine {engine} does not use {string.Join(" and ", given.Select(name => $"-{name}"))}.",
                engine == EngineKind.Local
                    ? "Leave the parameter out, or choose -Engine Inngest."
                    : "Leave the parameter out. What the function does is decided where it is deployed.",
                given[0]
            );
    }
}
