using System.Text.RegularExpressions;

namespace Backfill.Cmdlets.Sync;

/// <summary>The ids of runs that a user writes: whole, or only the beginning or the end, as the views show it.</summary>
internal static partial class RunIds
{
    /// <summary>The number of characters of the short form. The end of an id differs between two runs, its beginning is the time.</summary>
    internal const int ShortLength = 8;

    /// <summary>Returns the filter for the runs of some ids.</summary>
    /// <exception cref="BackfillException">A text is neither an id nor a part of one.</exception>
    internal static SyncFilter Filter(IReadOnlyList<string> ids)
    {
        if (ids.FirstOrDefault(id => !Part().IsMatch(id)) is { } wrong)
        {
            throw new BackfillException(
                ErrorIds.RunNotFound,
                ErrorKind.Input,
                $"'{wrong}' is not the id of a run.",
                "Write the id, or the last 8 characters of it, as Get-RepoSync shows them.",
                wrong
            );
        }

        return ids.All(id => Guid.TryParse(id, out _))
            ? new SyncFilter([.. ids.Select(Guid.Parse)], [], [], ThisProcess: false)
            : new SyncFilter([], [], [], ThisProcess: false) { IdParts = [.. ids] };
    }

    /// <summary>Finds the one run that a user means by an id.</summary>
    /// <exception cref="BackfillException">No run has such an id, or several have.</exception>
    internal static async Task<Guid> ResolveAsync(
        IBackfillEngine engine,
        BackfillSettings settings,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (Guid.TryParse(id, out var whole))
        {
            return whole;
        }

        return await engine.FindSyncsAsync(settings, Filter([id]), cancellationToken) switch
        {
            [var only] => only.Id,
            [] => throw RunErrors.NotFound($"There is no run with the id {id}.", id),
            var several => throw new BackfillException(
                ErrorIds.RunIdAmbiguous,
                ErrorKind.Input,
                $"{several.Count} runs have '{id}' in their id: {string.Join(", ", several.Take(3).Select(run => run.Id))}.",
                "Write more of the id.",
                id
            ),
        };
    }

    /// <summary>Returns whether a run has one of the ids.</summary>
    internal static bool Matches(string id, Guid run)
    {
        var text = run.ToString();
        return text.StartsWith(id, StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(id, StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(
        "^[0-9a-fA-F-]{4,36}$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Part();
}
