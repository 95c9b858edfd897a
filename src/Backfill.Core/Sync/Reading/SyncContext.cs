using Backfill.Core.GitHub;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Writing;

namespace Backfill.Core.Sync.Reading;

/// <summary>What the parts of one run share.</summary>
/// <param name="Database">The database.</param>
/// <param name="Repository">The stored repository.</param>
/// <param name="Name">The present name of the repository at GitHub.</param>
/// <param name="RunId">The id of the run.</param>
/// <param name="StartedAt">The start of the run, by the database's clock.</param>
/// <param name="Since">The time back to which the windows have to reach; null is the beginning.</param>
/// <param name="Include">What the run copies.</param>
/// <param name="GraphQL">Sends GraphQL queries and counts their cost for this run.</param>
/// <param name="Rest">Sends REST requests and counts them for this run.</param>
/// <param name="QuickRest">Does the same for lists that GraphQL can give as well. It does not wait for the end of a long limit.</param>
/// <param name="Writer">Stores pages.</param>
/// <param name="Progress">Counts the stored rows.</param>
/// <param name="Plan">Chooses where comments come from.</param>
/// <param name="Accounts">The number of GitHub accounts whose tokens the run has. GitHub computes one query of each account at a time.</param>
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
    CommentPlan Plan,
    int Accounts
)
{
    /// <summary>Gets whether the run sends several queries at once.</summary>
    public bool HasSeveralAccounts => Accounts > 1;

    /// <summary>Returns true when the run copies the content.</summary>
    public bool Includes(SyncContent content) => (Include & content) != SyncContent.None;

    /// <summary>Stores a page and counts its rows.</summary>
    /// <exception cref="SliceEndedException">The page is stored, and the slice of the run is over.</exception>
    public async Task StoreAsync(PageRows page, CancellationToken cancellationToken)
    {
        await StorePartAsync(page, cancellationToken);
        // Only behind such a page can the next slice go on without reading the page again.
        if (page.Window is { } window)
        {
            Progress.Slice?.PageStored(window);
        }
        else if (page.ClosedGaps.Count > 0)
        {
            Progress.Slice?.GapsClosed();
        }
    }

    /// <summary>Stores a page of a list that has to be read as a whole, and counts its rows. The slice of the run does not end here.</summary>
    public async Task StorePartAsync(PageRows page, CancellationToken cancellationToken) =>
        Progress.AddWritten(await Writer.WriteAsync(page, cancellationToken));

    /// <summary>Sends a query about this repository.</summary>
    public Task<GraphQLResponse> QueryAsync(
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
