using Backfill.Core.Embedding;

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
            await EmbeddingScope.ColumnDimensionsAsync(stored.Database, default)
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
}
