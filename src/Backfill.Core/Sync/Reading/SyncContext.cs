using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What the parts of one run share.</summary>
/// <param name="Database">Where the rows go.</param>
/// <param name="Repository">The repository as it is stored.</param>
/// <param name="Name">The repository as GitHub names it now.</param>
/// <param name="RunId">The run.</param>
/// <param name="StartedAt">When it started, by the database's clock.</param>
/// <param name="Since">How far back the window has to reach; null is the beginning.</param>
/// <param name="Include">What is copied.</param>
/// <param name="GraphQL">Asks GraphQL at the run's account.</param>
/// <param name="Rest">Asks REST at the run's account.</param>
/// <param name="QuickRest">The same, for what GraphQL can give as well: not behind a limit that holds for long.</param>
/// <param name="Writer">Stores pages.</param>
/// <param name="Progress">Counts what was stored.</param>
/// <param name="Plan">Where comments come from.</param>
internal sealed record SyncContext(
    Database Database,
    StoredRepository Repository,
    RepositoryName Name,
    Guid RunId,
    DateTimeOffset StartedAt,
    DateTimeOffset? Since,
    SyncContent Include,
    GraphQLClient GraphQL,
    RestClient Rest,
    RestClient QuickRest,
    PageWriter Writer,
    SyncProgress Progress,
    CommentPlan Plan
)
{
    /// <summary>True when the run copies it.</summary>
    public bool Includes(SyncContent content) => (Include & content) != SyncContent.None;

    /// <summary>Stores a page and counts it.</summary>
    public async Task StoreAsync(PageRows page, CancellationToken cancellationToken) =>
        Progress.Count(await Writer.WriteAsync(page, cancellationToken));

    /// <summary>Asks GraphQL about this repository.</summary>
    public Task<GraphQLResponse> AskAsync(
        string query,
        IReadOnlyDictionary<string, object?> variables,
        CancellationToken cancellationToken
    ) =>
        GraphQL.QueryAsync(
            GraphQLText.Read(query),
            new Dictionary<string, object?>(variables, StringComparer.Ordinal)
            {
                ["owner"] = Name.Owner,
                ["name"] = Name.Name,
            },
            canShrink: true,
            cancellationToken
        );
}
