using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>The vector columns of pgvector, in PGlite from npm: one connection at a time is what it can.</summary>
public sealed class PGvectorTests(PGlite pglite) : IClassFixture<PGlite>
{
    [Theory]
    [InlineData("vector(384)")]
    [InlineData("halfvec(384)")]
    [InlineData("vector")]
    public async Task Vectors_are_written_and_found_again(string type)
    {
        await using var server = await pglite.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, type);
        await stored.FillAsync(60, 60, 10);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number % 2 = 0");

        var first = await stored.RunAsync(new HookedProvider());
        var second = await stored.RunAsync(new HookedProvider());

        Assert.Equal((RunState.Completed, 101, 29), (first.State, first.Embedded, first.Reused));
        Assert.Equal((RunState.Completed, 130), (second.State, second.Unchanged));
        Assert.Equal(
            type == "vector" ? null : 384,
            await EmbeddingScope.ColumnDimensionsAsync(stored.Database, [], default)
        );
        // Half the precision moves a vector a little: the nearest one is its own all the same.
        Assert.Equal(
            59L,
            await stored.ReadAsync<long>(
                $"""
                SELECT count(*) FROM pull_requests p
                 WHERE p.number > 1
                   AND p.number = (SELECT o.number FROM pull_requests o ORDER BY o.embedding <=> p.embedding, o.number LIMIT 1)
                """
            )
        );
        if (type != "halfvec(384)")
        {
            Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        }
    }

    [Fact]
    public async Task F12_an_ivfflat_index_over_no_rows_is_reported_and_rebuilt_on_demand()
    {
        await using var server = await pglite.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, "vector(384)");
        await stored.FillAsync(60, 0, 0);
        await stored.ExecuteAsync(
            "CREATE INDEX near ON issues USING ivfflat (embedding vector_cosine_ops) WITH (lists = 5)"
        );

        await stored.RunAsync(new HookedProvider());
        var told = Assert.Single(stored.Output.Warnings);
        stored.Output.Warnings.Clear();
        await stored.RunAsync(new HookedProvider(), request => request with { RebuildIndex = true, Force = true });

        Assert.Contains("near was built while its table held no vector", told, StringComparison.Ordinal);
        Assert.Contains("near is built again", Assert.Single(stored.Output.Warnings), StringComparison.Ordinal);
        Assert.Equal(
            "1 true",
            await stored.ReadAsync<string>(
                "SELECT count(*) || ' ' || bool_and(indisvalid) FROM pg_index WHERE indexrelid = 'near'::regclass"
            )
        );
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_index"));
    }

    [Fact]
    public async Task An_index_that_a_stopped_run_left_dropped_is_built_by_the_next()
    {
        await using var server = await pglite.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, "vector(384)");
        await stored.FillAsync(60, 0, 0);
        await stored.ExecuteAsync("CREATE INDEX near ON issues USING hnsw (embedding vector_cosine_ops)");
        using var stop = new CancellationTokenSource();
        var provider = new HookedProvider(async _ => await stop.CancelAsync());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            stored.RunAsync(provider, request => request with { RebuildIndex = true }, stop.Token)
        );
        var gone = await stored.ReadAsync<bool>("SELECT to_regclass('near') IS NULL");
        await stored.RunAsync(new HookedProvider());

        Assert.True(gone);
        Assert.Contains(
            stored.Output.Warnings,
            warning => warning.Contains("near is dropped", StringComparison.Ordinal)
        );
        Assert.True(await stored.ReadAsync<bool>("SELECT to_regclass('near') IS NOT NULL"));
        var found = await SimilarItemsTests.FindAsync(stored, text: "[ISSUE] Issue 6");
        Assert.Equal(5, found.Count);
        Assert.Equal(
            found.OrderBy(item => item.Distance).Select(item => item.Number),
            found.Select(item => item.Number)
        );
    }

    [Fact]
    public async Task A_model_whose_vectors_do_not_fit_the_column_is_refused_before_any_write()
    {
        await using var server = await pglite.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, "vector(384)");
        await stored.FillAsync(3, 0, 0);

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(new LexicalProvider(1536)));

        Assert.Equal(ErrorIds.EmbeddingDimensionMismatch, error.ErrorId);
        Assert.Contains("1536 numbers; issues.embedding is vector(384)", error.Message, StringComparison.Ordinal);
        Assert.Equal(3L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NULL"));
    }

    [Fact]
    public async Task A_type_with_another_vector_length_does_not_hold_up_the_others_and_is_named()
    {
        await using var server = await pglite.StartAsync();
        await using var stored = await EmbeddingDatabase.CreateAsync(server.ConnectionString, "vector(384)");
        await stored.ExecuteAsync(
            "DROP VIEW items_needing_embeddings_priority; ALTER TABLE discussions ALTER COLUMN embedding TYPE vector(1536)"
        );
        await stored.FillAsync(3, 2, 4);

        var plan = await stored.RunAsync(new LexicalProvider(384), request => request with { Plan = true });
        var warning = Assert.Single(stored.Output.Warnings);
        var result = await stored.RunAsync(new LexicalProvider(384));
        var error = Assert.Single(stored.Output.Errors);
        var alone = await stored.RunAsync(
            new LexicalProvider(1536),
            request => request with { ItemTypes = ["discussion"] }
        );
        var again = await stored.RunAsync(new LexicalProvider(384));

        Assert.Equal(5L, plan.Estimate!.Items);
        Assert.Contains("discussions.embedding is vector(1536)", warning, StringComparison.Ordinal);
        Assert.Equal((RunState.Incomplete, 5, 4), (result.State, result.Embedded, result.Remaining));
        Assert.Equal(ErrorIds.EmbeddingDimensionMismatch, error.ErrorId);
        Assert.Contains("discussions.embedding is vector(1536)", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 of 4 items have no vector", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ItemType discussion", error.Action, StringComparison.Ordinal);
        Assert.Equal((RunState.Completed, 4), (alone.State, alone.Embedded));
        Assert.Equal((RunState.Completed, 0, 9), (again.State, again.Embedded, again.Unchanged));
        Assert.NotEmpty(await SimilarItemsTests.FindAsync(stored, text: "[ISSUE] Issue 2"));
    }
}
