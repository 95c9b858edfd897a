using Backfill.Core.Embedding.Providers;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>Beside the app's own cache of vectors and record of jobs.</summary>
public sealed class AppDatabaseTests(TestPostgres postgres)
{
    private readonly LexicalProvider lexical = new(384);

    [Fact]
    public async Task The_cache_has_the_vector_and_the_hash_of_every_item()
    {
        await using var stored = await FilledAsync();
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number <= 5");
        await stored.RunAsync(lexical);
        await stored.ExecuteAsync("UPDATE similarity_cache SET created_at = now() - interval '6 days'");
        await stored.ExecuteAsync("UPDATE issues SET body = 'Edited' WHERE number = 9");

        await stored.RunAsync(lexical);

        Assert.Equal(
            30L,
            await stored.ReadAsync<long>(
                """
                SELECT count(*) FROM similarity_cache c JOIN (
                  SELECT 'issue' AS type, id::text, content_hash, embedding FROM issues
                  UNION ALL SELECT 'pull_request', id::text, content_hash, embedding FROM pull_requests
                  UNION ALL SELECT 'discussion', id, content_hash, embedding FROM discussions) i
                    ON c.item_type = i.type AND c.item_id = i.id AND c.content_hash = i.content_hash
                   AND c.embedding = i.embedding AND c.ttl_hours = 168
                """
            )
        );
        // Written anew, it lives for its hours from now on.
        Assert.Equal(
            1L,
            await stored.ReadAsync<long>(
                "SELECT count(*) FROM similarity_cache WHERE created_at > now() - interval '1 hour'"
            )
        );
    }

    [Fact]
    public async Task A_cache_of_another_type_is_left_alone()
    {
        await using var stored = await FilledAsync();
        await stored.ExecuteAsync("ALTER TABLE similarity_cache ALTER COLUMN embedding TYPE text USING ''");

        var result = await stored.RunAsync(lexical);

        Assert.Equal((RunState.Completed, 30), (result.State, result.Embedded));
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM similarity_cache"));
    }

    [Fact]
    public async Task A_job_is_recorded_from_its_beginning_to_its_end()
    {
        await using var stored = await FilledAsync();
        var during = "";
        var provider = new HookedProvider(async _ =>
            during = await stored.ReadAsync<string>("SELECT status FROM embedding_jobs")
        );

        await stored.RunAsync(provider);

        Assert.Equal("processing", during);
        Assert.Equal(
            "completed 30 of 30",
            await stored.ReadAsync<string>(
                "SELECT status || ' ' || items_processed || ' of ' || items_total FROM embedding_jobs WHERE error_message IS NULL AND completed_at IS NOT NULL"
            )
        );
    }

    [Fact]
    public async Task A_failed_run_leaves_no_job_in_processing_and_says_why()
    {
        await using var stored = await FilledAsync();
        var provider = new HookedProvider(_ =>
            throw new BackfillException(ErrorIds.EmbeddingProviderRefused, ErrorKind.Access, "no quota", "", "provider")
        );

        await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(provider));

        Assert.Equal(
            "failed: Backfill: no quota",
            await stored.ReadAsync<string>("SELECT status || ': ' || error_message FROM embedding_jobs")
        );
    }

    [Fact]
    public async Task A_job_whose_process_is_gone_is_ended_by_the_next_run()
    {
        await using var stored = await FilledAsync();
        await stored.ExecuteAsync(
            """
            INSERT INTO embedding_jobs (status, items_total, error_message, updated_at)
            VALUES ('processing', 9, 'Backfill at work: process 1 on a machine', now() - interval '10 minutes'),
                   ('processing', 8, 'Backfill at work: process 2 on a machine', now()),
                   ('processing', 7, NULL, now() - interval '10 minutes')
            """
        );

        await stored.RunAsync(lexical);

        // One that is alive and one of the app's own are left alone.
        Assert.Equal(
            "7,8",
            await stored.ReadAsync<string>(
                "SELECT string_agg(items_total::text, ',' ORDER BY items_total) FROM embedding_jobs WHERE status = 'processing'"
            )
        );
    }

    private async Task<EmbeddingDatabase> FilledAsync()
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.CreateAppTablesAsync();
        await stored.FillAsync(10, 15, 5);
        return stored;
    }
}
