using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Run;
using Backfill.Core.Embedding.Store;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

public sealed class SimilarItemsTests(TestPostgres postgres)
{
    private readonly LexicalProvider lexical = new(384);

    [Fact]
    public async Task The_nearest_items_of_a_text_come_with_their_distance()
    {
        await using var stored = await FilledAsync();

        var found = await FindAsync(stored, text: "[ISSUE] Session ticket is rejected after resumption");

        Assert.Equal([3, 4], found.Take(2).Select(item => item.Number));
        Assert.InRange(found[0].Distance, -0.0001, 0.05);
        Assert.Equal(
            found.OrderBy(item => item.Distance).Select(item => item.Number),
            found.Select(item => item.Number)
        );
        Assert.Equal(1, found[0].Distance + found[0].Similarity, 6);
        Assert.Equal(5, found.Count);
    }

    [Fact]
    public async Task An_items_neighbours_leave_itself_out_and_need_no_provider()
    {
        await using var stored = await FilledAsync();

        var found = await FindAsync(stored, item: 3, types: ["issue"]);

        Assert.Equal(4, found[0].Number);
        Assert.DoesNotContain(found, item => item.Number == 3);
        Assert.All(found, item => Assert.Equal("issue", item.ItemType));
    }

    [Fact]
    public async Task An_item_without_a_vector_is_an_error()
    {
        await using var stored = await FilledAsync();

        var error = await Assert.ThrowsAsync<BackfillException>(() => FindAsync(stored, item: 999));

        Assert.Equal(ErrorIds.ItemNotFound, error.ErrorId);
    }

    [Fact]
    public async Task Vectors_of_another_model_are_never_compared()
    {
        await using var stored = await FilledAsync();

        var error = await Assert.ThrowsAsync<BackfillException>(() =>
            FindAsync(stored, text: "ticket", provider: new LexicalProvider(64))
        );

        Assert.Equal(ErrorIds.EmbeddingModelChanged, error.ErrorId);
        Assert.Contains("Lexical/hashed-ngrams-1/384", error.Message, StringComparison.Ordinal);
    }

    internal static async Task<IReadOnlyList<SimilarItem>> FindAsync(
        EmbeddingDatabase stored,
        string? text = null,
        int? item = null,
        string[]? types = null,
        IEmbeddingProvider? provider = null
    )
    {
        var request = new SimilarityRequest(
            [new RepositoryName("octo", "hello")],
            false,
            types ?? [],
            text,
            item,
            5,
            null
        );
        var targets = await EmbeddingTargets.FindAsync(
            stored.Database,
            new EmbeddingRequest { Repositories = request.Repositories },
            TestContext.Current.CancellationToken
        );
        return await new SimilarItems(stored.Database, request, targets).FindAsync(
            () => provider ?? new LexicalProvider(384),
            TestContext.Current.CancellationToken
        );
    }

    private async Task<EmbeddingDatabase> FilledAsync()
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(20, 0, 0);
        await stored.ExecuteAsync(
            """
            UPDATE issues SET body = NULL, title = CASE number
              WHEN 3 THEN 'Session ticket is rejected after resumption'
              WHEN 4 THEN 'Rejected session tickets' ELSE title END
            """
        );
        await stored.RunAsync(lexical);
        return stored;
    }
}
