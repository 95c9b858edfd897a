using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Octokit;
using Octokit.Internal;

namespace Backfill.Core.GitHub;

/// <summary>A page of a list of the whole repository.</summary>
/// <param name="Items">Its items; empty when nothing changed.</param>
/// <param name="EntityTag">The tag to send with the next request to the same address.</param>
/// <param name="NotModified">True when nothing changed since the entity tag.</param>
internal sealed record RestPage<T>(IReadOnlyList<T> Items, string? EntityTag, bool NotModified);

/// <summary>Reads the lists that REST has for a whole repository and GraphQL has not. Octokit sends the requests of one run.</summary>
internal sealed partial class RestClient : IDisposable
{
    private const int PageSize = 100;

    private readonly OctokitHandler handler;
    private readonly Connection connection;

    /// <param name="transport">Sends the requests.</param>
    /// <param name="address">The base address of REST.</param>
    /// <param name="listener">Counts the requests and notes the waits.</param>
    /// <param name="cancellationToken">Ends every request.</param>
    /// <param name="patience">The longest time for which a limit may hold a request back; null waits until the limit ends.</param>
    public RestClient(
        GitHubTransport transport,
        Uri address,
        IGitHubListener listener,
        CancellationToken cancellationToken,
        TimeSpan? patience = null
    )
    {
        handler = new OctokitHandler(transport, listener, patience, cancellationToken);
        connection = new Connection(
            new ProductHeaderValue("Backfill"),
            address,
            new InMemoryCredentialStore(Credentials.Anonymous),
            new HttpClientAdapter(() => handler),
            new RestJson()
        );
        connection.SetRequestTimeout(Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => handler.Dispose();

    /// <summary>Returns the comments of a whole repository, least recently updated first.</summary>
    /// <param name="path">The path of the list below the repository: <c>pulls/comments</c> includes comments outside of any review, <c>issues/comments</c> includes the comments of pull requests.</param>
    /// <param name="since">Returns only comments that were updated at this time or later; null returns all.</param>
    /// <param name="entityTag">The tag of the first page when it was last read with the same <paramref name="since"/>.</param>
    /// <exception cref="LongWaitException">A limit would hold the request back for longer than the client's patience.</exception>
    public IAsyncEnumerable<RestPage<T>> CommentsAsync<T>(
        RepositoryName repository,
        string path,
        DateTimeOffset? since,
        string? entityTag,
        CancellationToken cancellationToken
    )
    {
        var query = new Dictionary<string, string>
        {
            ["sort"] = "updated",
            ["direction"] = "asc",
            ["per_page"] = PageSize.ToString(CultureInfo.InvariantCulture),
        };
        if (since is { } from)
        {
            query["since"] = from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        return PagesAsync<T>($"repos/{repository}/{path}", query, entityTag, cancellationToken);
    }

    /// <summary>Returns the number of entries of a list, which is the number of its last page when a page has one entry. Null where GitHub does not give the list.</summary>
    /// <param name="path">The path of the list below the repository.</param>
    public async Task<int?> CountAsync(RepositoryName repository, string path, CancellationToken cancellationToken)
    {
        try
        {
            var response = await connection.Get<List<object>>(
                new Uri($"repos/{repository}/{path}?per_page=1", UriKind.Relative),
                parameters: null,
                AcceptHeaders.StableVersionJson,
                cancellationToken
            );
            return
                response.HttpResponse.ApiInfo.Links.TryGetValue("last", out var last)
                && LastPage().Match(last.Query) is { Success: true } match
                ? int.Parse(match.Groups["page"].ValueSpan, CultureInfo.InvariantCulture)
                : response.Body?.Count ?? 0;
        }
        catch (ApiException)
        {
            // The list may be too large for GitHub, or forbidden. A plan goes on without the number.
            return null;
        }
    }

    /// <summary>Returns the hundred pull requests and issues with the most comments, in descending order. Null where GitHub does not list them.</summary>
    public async Task<IReadOnlyList<RestCommentedItem>?> MostCommentedAsync(
        RepositoryName repository,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var address = FormattableString.Invariant(
                $"repos/{repository}/issues?state=all&sort=comments&direction=desc&per_page={PageSize}"
            );
            var response = await connection.Get<List<RestCommentedItem>>(
                new Uri(address, UriKind.Relative),
                parameters: null,
                AcceptHeaders.StableVersionJson,
                cancellationToken
            );
            return response.Body;
        }
        catch (ApiException)
        {
            // The token may lack the permission for issues. The plan then uses the sample alone.
            return null;
        }
    }

    [GeneratedRegex(@"[?&]page=(?<page>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastPage();

    /// <summary>Returns one review comment; null when it was deleted.</summary>
    public async Task<RestReviewComment?> ReviewCommentAsync(
        RepositoryName repository,
        long id,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var address = new Uri(
                FormattableString.Invariant($"repos/{repository}/pulls/comments/{id}"),
                UriKind.Relative
            );
            var response = await connection.Get<RestReviewComment>(
                address,
                parameters: null,
                AcceptHeaders.StableVersionJson,
                cancellationToken
            );
            return response.Body;
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Finds out what happened to a pull request or issue that GitHub does not list any more.</summary>
    /// <returns><c>present</c>, <c>transferred</c> with its new address, <c>deleted</c>, or <c>gone</c> where GitHub says no more than that.</returns>
    public async Task<(string Reason, string? MovedTo)> TraceAsync(
        RepositoryName repository,
        int number,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var address = new Uri(FormattableString.Invariant($"repos/{repository}/issues/{number}"), UriKind.Relative);
            var response = await connection.Get<RestItem>(
                address,
                parameters: null,
                AcceptHeaders.StableVersionJson,
                cancellationToken
            );
            var item = response.Body;
            return item.RepositoryUrl.EndsWith($"/{repository}", StringComparison.OrdinalIgnoreCase)
                ? ("present", null)
                : ("transferred", item.HtmlUrl);
        }
        catch (ApiException refused)
            when (refused.StatusCode
                    is HttpStatusCode.NotFound
                        or HttpStatusCode.Gone
                        or HttpStatusCode.UnavailableForLegalReasons
            )
        {
            return (refused.StatusCode == HttpStatusCode.Gone ? "deleted" : "gone", null);
        }
    }

    /// <summary>Returns the people with commits in the default branch. Returns no page where GitHub says that the list is too large.</summary>
    public IAsyncEnumerable<RestPage<RestAccount>> ContributorsAsync(
        RepositoryName repository,
        string? entityTag,
        CancellationToken cancellationToken
    ) =>
        PagesAsync<RestAccount>(
            $"repos/{repository}/contributors",
            new Dictionary<string, string> { ["per_page"] = PageSize.ToString(CultureInfo.InvariantCulture) },
            entityTag,
            cancellationToken
        );

    // Follows the Link header, because GitHub refuses page numbers beyond a limit of its own.
    private async IAsyncEnumerable<RestPage<T>> PagesAsync<T>(
        string path,
        Dictionary<string, string> query,
        string? entityTag,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var text = string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        var next = new Uri($"{path}?{text}", UriKind.Relative);
        var address = new Uri(connection.BaseAddress, next).PathAndQuery;
        if (entityTag is not null)
        {
            handler.EntityTags[address] = entityTag;
        }

        for (var pages = 0; next is not null; pages++)
        {
            var (page, following) = await PageAsync<T>(next, isFirst: pages == 0, cancellationToken);
            if (page is null)
            {
                yield break;
            }

            yield return page;
            next = following;
        }
    }

    private async Task<(RestPage<T>? Page, Uri? Next)> PageAsync<T>(
        Uri address,
        bool isFirst,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var response = await connection.Get<List<T>>(
                address,
                parameters: null,
                AcceptHeaders.StableVersionJson,
                cancellationToken
            );
            var http = response.HttpResponse;
            var tag = http
                .Headers.FirstOrDefault(header => header.Key.Equals("etag", StringComparison.OrdinalIgnoreCase))
                .Value;
            http.ApiInfo.Links.TryGetValue("next", out var next);
            return (new RestPage<T>(response.Body ?? [], tag, http.StatusCode == HttpStatusCode.NotModified), next);
        }
        catch (ForbiddenException refused)
            when (refused.Message.Contains("too large", StringComparison.OrdinalIgnoreCase))
        {
            return (null, null);
        }
        catch (ApiValidationException refused)
            when (!isFirst && refused.Message.Contains("pagination", StringComparison.OrdinalIgnoreCase))
        {
            // GitHub ends a long list early. The caller goes on from the time of the last item.
            return (null, null);
        }
        catch (NotFoundException missing)
        {
            throw ResponseJudge.NotFound(missing.Message);
        }
        catch (ApiException refused)
        {
            throw new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"GitHub refused {address}: {refused.Message} (HTTP {(int)refused.StatusCode}).",
                "Look at https://www.githubstatus.com and try again later. A sync goes on from the last stored page.",
                address.ToString(),
                refused
            );
        }
    }
}
