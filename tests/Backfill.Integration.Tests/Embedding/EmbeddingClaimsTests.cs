using System.Collections.Concurrent;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

public sealed class EmbeddingClaimsTests(TestPostgres postgres)
{
    private readonly LexicalProvider lexical = new(384);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Four_runs_share_a_backlog_and_embed_nothing_twice(bool pooled)
    {
        await using var stored = await FilledAsync(1500, 500, 0);
        await stored.ExecuteAsync(
            "UPDATE issues SET title = 'Bump', body = 'kind ' || number % 50 WHERE number <= 500"
        );
        await using var bouncer = pooled ? await PgBouncer.StartAsync(postgres) : null;
        var connection = bouncer?.Before(stored.ConnectionString) ?? stored.ConnectionString;
        var providers = Enumerable.Range(0, 4).Select(_ => new HookedProvider(async _ => await Task.Yield())).ToArray();

        var results = await Task.WhenAll(
            providers.Select(async provider =>
            {
                await using var database = new Database(connection, TimeProvider.System);
                return await stored.RunOnAsync(database, provider, request => request with { BatchSize = 20 });
            })
        );

        // 1,550 texts: 450 issues have another one's.
        Assert.All(results, result => Assert.Equal((RunState.Completed, 0), (result.State, result.Remaining)));
        Assert.Equal((1550, 450), (results.Sum(result => result.Embedded), results.Sum(result => result.Reused)));
        Assert.Equal(1550, providers.Sum(provider => provider.Asked.Count));
        Assert.Equal(1550, providers.SelectMany(provider => provider.Asked).Distinct().Count());
        Assert.True(providers.Count(provider => provider.Asked.Count > 0) > 1, "one did it all");
        Assert.Equal(0, await stored.WrongAsync(lexical));
    }

    [Fact]
    public async Task The_attempt_is_stamped_and_committed_before_the_request()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        var seen = new ConcurrentQueue<(long Claims, long Open)>();
        var provider = new HookedProvider(async _ =>
            seen.Enqueue(
                (
                    await stored.ReadAsync<long>(
                        "SELECT count(*) FROM backfill.embedding_claim WHERE attempts = 1 AND worker IS NOT NULL AND lease_until > now()"
                    ),
                    await stored.ReadAsync<long>(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
                    )
                )
            )
        );

        await stored.RunAsync(provider);

        Assert.Equal([(10L, 0L)], seen);
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim WHERE worker IS NOT NULL")
        );
    }

    [Fact]
    public async Task Claims_of_a_dead_process_expire_at_once()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        var gone = Owner.Current with { StartedAt = Owner.Current.StartedAt - 1 };
        await ClaimAllAsync(stored, $"{gone}#1/1", "1 hour", attempts: 1);

        var result = await stored.RunAsync(lexical);

        Assert.Equal((RunState.Completed, 10), (result.State, result.Embedded));
    }

    [Fact]
    public async Task A_run_waits_for_the_claims_of_another_machine_until_they_expire()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        await ClaimAllAsync(stored, "elsewhere|boot|1|1#1/1", "1 second", attempts: 1);
        var early = false;
        var provider = new HookedProvider(async _ =>
            early |= await stored.ReadAsync<bool>(
                "SELECT EXISTS (SELECT FROM backfill.embedding_claim WHERE worker LIKE 'elsewhere%')"
            )
        );

        var result = await stored.RunAsync(provider);

        Assert.Equal((RunState.Completed, 10), (result.State, result.Embedded));
        Assert.False(early);
    }

    [Fact]
    public async Task A_text_whose_requests_ended_processes_is_sent_alone_and_then_set_aside()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        await ClaimAllAsync(stored, "gone", "-1 second", attempts: 1);
        await stored.ExecuteAsync(
            "UPDATE backfill.embedding_claim SET attempts = 4 WHERE text_hash IN (SELECT text_hash FROM texts WHERE number = 3)"
        );
        await stored.ExecuteAsync(
            "UPDATE backfill.embedding_claim SET attempts = 6 WHERE text_hash IN (SELECT text_hash FROM texts WHERE number = 5)"
        );
        var requests = new ConcurrentQueue<int>();
        var provider = new HookedProvider(texts =>
        {
            requests.Enqueue(texts.Count);
            return Task.CompletedTask;
        });

        var result = await stored.RunAsync(provider);

        Assert.Equal((RunState.Incomplete, 9, 1), (result.State, result.Embedded, result.Quarantined));
        Assert.Equal([8, 1], requests);
        Assert.Contains("ended each time", Assert.Single(stored.Output.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_run_gives_its_texts_back_and_counts_no_attempt()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        using var stop = new CancellationTokenSource();
        var provider = new HookedProvider(async _ => await stop.CancelAsync());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stored.RunAsync(provider, null, stop.Token));

        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim"));
    }

    [Fact]
    public async Task Vectors_that_are_paid_for_are_written_even_if_the_run_is_stopped()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        using var stop = new CancellationTokenSource();
        var provider = new HookedProvider(after: () => stop.CancelAsync());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stored.RunAsync(provider, null, stop.Token));

        Assert.Equal(
            provider.Asked.Count,
            await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL")
        );
    }

    [Fact]
    public async Task A_batch_that_fails_does_not_cost_what_the_others_paid()
    {
        await using var stored = await FilledAsync(200, 0, 0);
        using var both = new Barrier(2);
        var first = 0;
        var provider = new HookedProvider(
            async _ =>
            {
                await Task.Run(() => both.SignalAndWait(TimeSpan.FromSeconds(20)));
                if (Interlocked.Increment(ref first) == 1)
                {
                    throw new BackfillException(
                        ErrorIds.EmbeddingProviderRefused,
                        ErrorKind.Access,
                        "refused",
                        "nothing",
                        "provider"
                    );
                }
            },
            concurrency: 2
        );

        await Assert.ThrowsAsync<BackfillException>(() =>
            stored.RunAsync(provider, request => request with { BatchSize = 100 })
        );

        Assert.Equal(100L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL"));
    }

    [Fact]
    public async Task The_items_of_workspaces_come_first_and_every_repository_gets_its_result()
    {
        await using var stored = await FilledAsync(3, 3, 0);
        var member = await stored.AddRepositoryAsync(2, "member");
        await stored.FillAsync(2, 2, 1, member);
        await stored.AddRepositoryAsync(3, "empty");
        await stored.ExecuteAsync(
            $"""
            WITH w AS (INSERT INTO workspaces (name, slug) VALUES ('Team', 'team') RETURNING id)
            INSERT INTO workspace_repositories (workspace_id, repository_id) SELECT id, '{member.Id}' FROM w
            """
        );
        var provider = new HookedProvider();
        var inTeam = new HookedProvider();

        var team = await stored.RunAllAsync(
            inTeam,
            request => request with { Repositories = [], Workspaces = ["team"], MaxIterations = 1 }
        );
        var results = await stored.RunAllAsync(
            provider,
            request => request with { Repositories = [], All = true, Force = true }
        );

        Assert.Equal(("octo/member", 2), (Assert.Single(team).Repository, team[0].Embedded));
        Assert.All(inTeam.Asked, text => Assert.StartsWith("[ISSUE]", text, StringComparison.Ordinal));
        Assert.Equal(
            [("octo/member", 5), ("octo/hello", 6)],
            results.Select(result => (result.Repository, result.Embedded))
        );
        Assert.Equal(
            ["[ISSUE]", "[ISSUE]", "[PULL_REQUEST]", "[PULL_REQUEST]", "[DISCUSSION]"],
            provider.Asked.Take(5).Select(text => text.Split(' ')[0])
        );
        Assert.Equal(provider.Asked.Sum(lexical.CountTokens), results.Sum(result => result.Tokens));
    }

    [Fact]
    public async Task An_unknown_workspace_is_an_error_with_the_names_there_are()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        await stored.ExecuteAsync("INSERT INTO workspaces (name, slug) VALUES ('Team', 'team')");

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            stored.RunAllAsync(lexical, request => request with { Repositories = [], Workspaces = ["none"] })
        );

        Assert.Equal(ErrorIds.WorkspaceNotFound, error.ErrorId);
        Assert.Contains("Team", error.Action, StringComparison.Ordinal);
    }

    private static async Task ClaimAllAsync(EmbeddingDatabase stored, string worker, string lease, int attempts)
    {
        var hash = SqlText
            .Read("Embedding/Store/Sql/item-text-hash.sql")
            .Replace("@item_type", "'issue'", StringComparison.Ordinal);
        await stored.ExecuteAsync($"CREATE VIEW texts AS SELECT number, {hash} AS text_hash FROM issues t");
        await stored.ExecuteAsync(
            $"""
            INSERT INTO backfill.embedding_claim (text_hash, model_key, worker, lease_until, attempts)
            SELECT text_hash, 'Lexical/hashed-ngrams-1/384', '{worker}', now() + interval '{lease}', {attempts} FROM texts
            """
        );
    }

    private async Task<EmbeddingDatabase> FilledAsync(int issues, int pullRequests, int discussions)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, pullRequests, discussions);
        return stored;
    }
}
