using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Integration.Tests.Support;

namespace Backfill.Integration.Tests.Embedding;

/// <summary>How the job that this stage replaces failed, by number; each once more with us.</summary>
public sealed class ReplacedJobFailuresTests(TestPostgres postgres)
{
    private readonly LexicalProvider lexical = new(384);

    [Fact]
    public async Task F01_the_type_of_an_item_comes_from_its_table_and_not_from_a_column_that_a_view_may_lack()
    {
        await using var stored = await FilledAsync(2, 2, 2);
        await stored.ExecuteAsync("DROP VIEW items_needing_embeddings_priority");

        Assert.Equal(6, (await stored.RunAsync(lexical)).Embedded);
    }

    [Fact]
    public async Task F02_only_stored_vectors_are_counted_as_embedded()
    {
        await using var stored = await FilledAsync(120, 30, 10);

        var result = await stored.RunAsync(new HookedProvider(concurrency: 4));

        Assert.Equal(
            result.Embedded,
            await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_state WHERE model_key IS NOT NULL")
        );
    }

    [Fact]
    public async Task F03_vectors_of_two_models_of_one_length_do_not_mix()
    {
        await using var stored = await FilledAsync(2, 0, 0);
        await stored.RunAsync(lexical);
        await stored.ExecuteAsync("UPDATE backfill.embedding_state SET model_key = 'Onnx/all-MiniLM-L6-v2/384'");

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(lexical));

        Assert.Equal(ErrorIds.EmbeddingModelChanged, error.ErrorId);
    }

    [Fact]
    public async Task F04_an_answer_of_another_length_is_not_written()
    {
        await using var stored = await FilledAsync(2, 0, 0);
        await using var server = new FakeOpenAI { Dimensions = 7 * 384 };

        var error = await Assert.ThrowsAsync<BackfillException>(() => stored.RunAsync(server.Provider()));

        Assert.Equal(ErrorIds.EmbeddingDimensionMismatch, error.ErrorId);
        Assert.Equal(2L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NULL"));
    }

    [Fact]
    public async Task F05_an_edited_text_gets_its_new_hash()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        await stored.RunAsync(lexical);
        var before = await stored.ReadAsync<string>("SELECT content_hash FROM issues");
        await stored.ExecuteAsync("UPDATE issues SET body = 'Edited'");
        await stored.RunAsync(lexical);

        Assert.NotEqual(before, await stored.ReadAsync<string>("SELECT content_hash FROM issues"));
    }

    [Fact]
    public async Task F06_the_vector_of_an_older_text_is_never_written()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        var vectors = new List<bool>();
        var provider = new HookedProvider(async texts =>
        {
            vectors.Add(await stored.ReadAsync<bool>("SELECT embedding IS NOT NULL FROM issues"));
            if (vectors.Count == 1)
            {
                await stored.ExecuteAsync("UPDATE issues SET body = 'Edited meanwhile'");
            }
        });

        var result = await stored.RunAsync(provider);

        Assert.Equal([false, false], vectors);
        Assert.Equal((1, 1), (result.Embedded, result.Superseded));
        Assert.Equal(0, await stored.WrongAsync(lexical));
    }

    [Fact]
    public async Task F07_a_vector_is_never_older_than_its_text_whatever_clock_set_that()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        await stored.ExecuteAsync("UPDATE issues SET updated_at = now() + interval '2 hours'");
        await stored.RunAsync(lexical);

        Assert.True(await stored.ReadAsync<bool>("SELECT embedding_generated_at >= updated_at FROM issues"));
    }

    [Fact]
    public async Task F08_a_repository_behind_hundreds_of_others_items_gets_all_of_its_own()
    {
        await using var stored = await FilledAsync(10, 0, 0);
        await stored.FillAsync(300, 0, 0, await stored.AddRepositoryAsync(2, "busy"));

        Assert.Equal(10, (await stored.RunAsync(lexical)).Embedded);
    }

    [Fact]
    public async Task F09_issues_come_before_pull_requests_before_discussions()
    {
        await using var stored = await FilledAsync(1, 1, 1);
        var provider = new HookedProvider();
        await stored.RunAsync(provider, request => request with { BatchSize = 1 });

        Assert.Equal(["[ISSUE]", "[PULL_REQUEST]", "[DISCUSSION]"], provider.Asked.Select(text => text.Split(' ')[0]));
    }

    [Fact]
    public async Task F10_no_character_is_cut_in_half_and_shortened_texts_are_reported()
    {
        await using var stored = await FilledAsync(1, 0, 0);
        await stored.ExecuteAsync("UPDATE issues SET title = 'T', body = repeat('x', 1989) || repeat(chr(128512), 20)");
        var provider = new HookedProvider();

        var result = await stored.RunAsync(provider);

        Assert.Equal(1999, Assert.Single(provider.Asked).Length);
        Assert.DoesNotContain(provider.Asked[0], char.IsHighSurrogate);
        Assert.Equal(1, result.Shortened);
    }

    [Fact]
    public void F11_the_length_of_a_column_is_read_from_its_type() =>
        Assert.Equal(384, EmbeddingColumn.LengthOf("vector(384)"));

    [Fact]
    public async Task F13_the_estimate_of_a_plan_equals_the_numbers_of_the_run()
    {
        await using var stored = await FilledAsync(30, 20, 10);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'the same' WHERE number <= 10");

        var plan = await stored.RunAsync(lexical, request => request with { Plan = true });
        var run = await stored.RunAsync(lexical);

        Assert.Equal(plan.Estimate!.Items, run.Embedded + run.Reused);
        // The run's own probe is two words.
        Assert.Equal(plan.Estimate.Tokens, run.Tokens - 2);
    }

    private async Task<EmbeddingDatabase> FilledAsync(int issues, int pullRequests, int discussions)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, pullRequests, discussions);
        return stored;
    }
}
