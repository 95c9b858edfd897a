using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Octokit;
using Octokit.Internal;

namespace Backfill.Core.GitHub;

/// <summary>A page of a repository-wide list.</summary>
/// <param name="Items">Its items; empty when nothing changed.</param>
/// <param name="EntityTag">To be sent next time with the same address.</param>
/// <param name="NotModified">True when nothing changed since the entity tag.</param>
internal sealed record RestPage<T>(IReadOnlyList<T> Items, string? EntityTag, bool NotModified);

/// <summary>What REST lists for a whole repository in one go and GraphQL does not, through Octokit, for one run.</summary>
internal sealed partial class RestClient : IDisposable
{
    private const int PageSize = 100;

    private readonly OctokitHandler handler;
    private readonly Connection connection;

    /// <param name="transport">The way out.</param>
    /// <param name="address">Of REST.</param>
    /// <param name="listener">Hears of requests and waits.</param>
    /// <param name="cancellationToken">Ends every request.</param>
    /// <param name="patience">How long a limit may hold a request back before it is given up; null is as long as it takes.</param>
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

    /// <summary>Comments of a whole repository, least recently updated first.</summary>
    /// <param name="path">Of the list, below the repository: <c>pulls/comments</c> also has those outside of any review, <c>issues/comments</c> also those of pull requests.</param>
    /// <param name="since">Only those updated at or after; null is all.</param>
    /// <param name="entityTag">The tag of the first page when it was last read with the same <paramref name="since"/>.</param>
    /// <exception cref="LongWaitException">A limit would hold it back for longer than the client's patience.</exception>
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

    /// <summary>How many entries a list of the repository has: GitHub says where the last page of one entry is. Null where it does not give the list.</summary>
    /// <param name="path">Of the list, below the repository.</param>
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
            // A plan does without: the list may be too large to be had, or forbidden.
            return null;
        }
    }

    /// <summary>The hundred pull requests and issues with the most comments, in descending order. Null where GitHub does not list them.</summary>
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
            // The plan falls back to the sample: the token may lack the permission for issues.
            return null;
        }
    }

    [GeneratedRegex(@"[?&]page=(?<page>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LastPage();

    /// <summary>One review comment; null when there is none any more.</summary>
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

    /// <summary>What became of a pull request or issue that GitHub lists no more.</summary>
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

    /// <summary>People with commits in the default branch. Ends at once, without a page, where GitHub says that the list is too large to be had.</summary>
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

    // Only the Link header is followed: page numbers are refused beyond GitHub's own limit.
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
            // A long list ends early: the caller goes on from the last item's time.
            return (null, null);
        }
        catch (NotFoundException missing)
        {
            throw AnswerJudge.NotFound(missing.Message);
        }
        catch (ApiException refused)
        {
            throw new BackfillException(
                ErrorIds.GitHubUnavailable,
                ErrorKind.Unavailable,
                $"GitHub refused {address}: {refused.Message} (HTTP {(int)refused.StatusCode}).",
                "Look at https://www.githubstatus.com, then start again: the run goes on from its last committed page.",
                address.ToString(),
                refused
            );
        }
    }
}
