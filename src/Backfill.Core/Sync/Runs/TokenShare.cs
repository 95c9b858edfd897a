using System.Security.Cryptography;
using System.Text;
using Backfill.Core.GitHub;
using Backfill.Core.Postgres;

namespace Backfill.Core.Sync.Runs;

/// <summary>
/// The right of one slice to use one token alone, over all processes. GitHub allows each user sixty seconds of GraphQL time
/// per minute, which is one request at a time.
/// </summary>
internal sealed class TokenShare : IAsyncDisposable
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource ending = new();
    private readonly Lease lease;
    private readonly Task renewing;

    private TokenShare(BackfillSettings settings, Lease lease, TimeProvider time)
    {
        Settings = settings;
        this.lease = lease;
        renewing = RenewAsync(time);
    }

    /// <summary>Gets the settings with this token alone.</summary>
    public BackfillSettings Settings { get; }

    /// <summary>Takes a token that no other slice uses and that no known limit holds back.</summary>
    /// <returns>Null when there is none, with the time at which the first limit ends; without a time where other slices use the tokens.</returns>
    public static async Task<(TokenShare? Share, DateTimeOffset? OpensAt)> TakeAsync(
        Database database,
        BackfillSettings settings,
        Func<BackfillSettings, GitHubAccess> openGitHub,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var candidates = new List<(BackfillSettings Settings, KnownBudget Known)>();
        foreach (var one in OneByOne(settings))
        {
            candidates.Add((one, openGitHub(one).Transport.Gates.Known(GitHubResource.GraphQL)));
        }

        foreach (
            var (one, _) in candidates
                .Where(candidate => candidate.Known.HeldUntil is null)
                .OrderByDescending(candidate => candidate.Known.Remaining ?? long.MaxValue)
        )
        {
            try
            {
                var taken = await Lease.AcquireAsync(
                    database,
                    $"github-token:{Fingerprint(one)}",
                    Owner.Current,
                    LeaseTime,
                    Guid.NewGuid(),
                    cancellationToken
                );
                return (new TokenShare(one, taken, time), null);
            }
            catch (BackfillException held) when (held.ErrorId == ErrorIds.LeaseHeld)
            {
                // Another slice uses this token. The next one may be free.
            }
        }

        return candidates.TrueForAll(candidate => candidate.Known.HeldUntil is not null)
            ? (null, candidates.Min(candidate => candidate.Known.HeldUntil))
            : (null, null);
    }

    /// <summary>Gives the token back.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await renewing;
        ending.Dispose();
        try
        {
            await lease.ReleaseAsync(CancellationToken.None);
        }
        catch (BackfillException unreachable) when (unreachable.Kind == ErrorKind.Unavailable)
        {
            // Without a database the lease ends by itself.
        }
    }

    // The settings with each credential alone: tokens, an App, or none for a server that asks for none.
    private static IEnumerable<BackfillSettings> OneByOne(BackfillSettings settings)
    {
        foreach (var token in settings.GitHubTokens)
        {
            yield return settings with
            {
                GitHubTokens = [token],
                GitHubApp = null,
            };
        }

        if (settings.GitHubApp is not null || settings.GitHubTokens.Count == 0)
        {
            yield return settings with
            {
                GitHubTokens = [],
            };
        }
    }

    // The database never holds a token, only a part of its digest.
    private static string Fingerprint(BackfillSettings settings)
    {
        var credential = settings is { GitHubTokens: [var token] }
            ? token.Reveal()
            : FormattableString.Invariant($"App {settings.GitHubApp?.AppId} {settings.GitHubApp?.InstallationId}");
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{settings.GitHubApiUrl} {credential}"));
        return Convert.ToHexStringLower(digest.AsSpan(0, 8));
    }

    private async Task RenewAsync(TimeProvider time)
    {
        using var timer = new PeriodicTimer(Heartbeat, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token))
            {
                try
                {
                    await lease.RenewAsync(ending.Token);
                }
                catch (BackfillException)
                {
                    // The next heartbeat is the next try. Two slices with one token are slower, and store the same rows.
                }
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The slice has ended.
        }
    }
}
