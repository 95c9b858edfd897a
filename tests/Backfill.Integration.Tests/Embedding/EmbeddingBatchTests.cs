using System.Text.RegularExpressions;
using Backfill.Core.Embedding.Providers;
using Backfill.Integration.Tests.Support;
using Backfill.Simulation;

namespace Backfill.Integration.Tests.Embedding;

public sealed class EmbeddingBatchTests(TestPostgres postgres) : IAsyncDisposable
{
    private readonly FakeOpenAI server = new();

    // The pauses between two looks are minutes for a batch of a day.
    private readonly AcceleratedTime time = new(200);

    [Fact]
    public async Task A_batch_is_submitted_waited_for_and_written_for_half_the_price()
    {
        await using var stored = await FilledAsync(120, 40, 20);
        await stored.ExecuteAsync("UPDATE issues SET title = 'Bump', body = 'same' WHERE number <= 10");
        var looks = 0;
        server.Batches.Progress = _ => Interlocked.Increment(ref looks) < 4 ? "in_progress" : "completed";

        var result = await RunAsync(stored);

        // Ten issues share one text: 171 texts of 180 items.
        Assert.Equal((RunState.Completed, 171, 9, 0), (result.State, result.Embedded, result.Reused, result.Remaining));
        Assert.Equal(171, server.Batches.Paid.Count);
        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
        // Ten tokens a text, and ten for the probe at the full price.
        Assert.Equal(1720, result.Tokens);
        Assert.Equal(((1710 * 0.01m) + (10 * 0.02m)) / 1_000_000m, result.Cost);
        Assert.Contains("batch_1", Assert.Single(stored.Output.Warnings), StringComparison.Ordinal);
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_batch_item"));
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim WHERE worker IS NOT NULL")
        );
        Assert.Equal(
            ("completed", 1710L),
            (
                await stored.ReadAsync<string>("SELECT state FROM backfill.embedding_batch"),
                await stored.ReadAsync<long>("SELECT charged_tokens FROM backfill.embedding_batch")
            )
        );
    }

    [Fact]
    public async Task Without_waiting_the_next_run_collects_the_answers_and_no_text_is_paid_twice()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        server.Batches.Progress = _ => "in_progress";

        var first = await RunAsync(stored, NoWait);
        await stored.FillAsync(0, 30, 0);
        var interactive = await stored.RunAsync(server.Provider());
        var second = await RunAsync(stored, NoWait);
        server.Batches.Progress = _ => "completed";
        var third = await RunAsync(stored, NoWait);

        Assert.Equal((RunState.Waiting, 0, 100, 100), (first.State, first.Embedded, first.Remaining, first.InBatch));
        Assert.Equal(["batch_1"], first.Batches);
        Assert.Equal((RunState.Waiting, 30, 100), (interactive.State, interactive.Embedded, interactive.InBatch));
        Assert.Equal((RunState.Waiting, 0, 100), (second.State, second.Embedded, second.InBatch));
        Assert.Equal((RunState.Completed, 100, 0), (third.State, third.Embedded, third.InBatch));
        Assert.Empty(third.Batches);
        Assert.Single(server.Batches.All);
        Assert.Equal(30, Interactive().Length);
        Assert.Empty(stored.Output.Errors);
    }

    [Fact]
    public async Task A_run_without_Batch_uses_the_vectors_of_a_finished_batch()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        await RunAsync(stored, NoWait);

        var result = await stored.RunAsync(server.Provider());

        Assert.Equal((RunState.Completed, 100), (result.State, result.Embedded));
        Assert.Empty(Interactive());
    }

    [Theory]
    [InlineData("probe")]
    [InlineData("batch")]
    public async Task A_server_that_refuses_base64_is_asked_for_numbers_in_the_batch_too(string path)
    {
        await using var stored = await FilledAsync(40, 0, 0);
        server.Fault = call =>
            call.Encoding == "base64" && (path == "probe" || call.Path == "batch")
                ? new OpenAIFault(400, """{"object":"error","message":"base64 encoding is not currently supported"}""")
                : null;

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 40, 0), (result.State, result.Embedded, result.Quarantined));
        Assert.Equal(path == "probe" ? 1 : 2, server.Batches.All.Count);
        Assert.Equal(40, server.Batches.Paid.Count);
    }

    [Fact]
    public async Task Texts_that_are_too_long_for_the_server_go_shortened_into_the_next_batch()
    {
        await using var stored = await FilledAsync(60, 0, 0);
        server.Fault = call =>
            OpenAIProvider.CountWords(call.Input[0]) > 200
                ? OpenAIFault.Error(400, "This model's maximum context length is 200 tokens.")
                : null;

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 60, 0), (result.State, result.Embedded, result.Quarantined));
        Assert.Equal([60, (int)result.Shortened], server.Batches.All.Select(batch => batch.Lines.Length));
        Assert.InRange(result.Shortened, 1, 59);
    }

    [Fact]
    public async Task A_batch_whose_answers_lack_vectors_is_paid_once_and_its_vectors_are_stored()
    {
        await using var stored = await FilledAsync(60, 0, 0);
        var answers = 0;
        server.LeavesOut = (call, _) => call.Path == "batch" && ++answers % 2 == 0;

        var error = await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.Contains("30 of the 60 answers", error.Message, StringComparison.Ordinal);
        Assert.Single(server.Batches.All);
        Assert.Equal(30L, await stored.ReadAsync<long>("SELECT count(*) FROM issues WHERE embedding IS NOT NULL"));
        Assert.Equal(
            ("completed", 600L),
            (
                await stored.ReadAsync<string>("SELECT state FROM backfill.embedding_batch"),
                await stored.ReadAsync<long>("SELECT charged_tokens FROM backfill.embedding_batch")
            )
        );
    }

    [Fact]
    public async Task Items_that_are_edited_during_a_batch_get_no_vector_of_their_old_text()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        server.Batches.Looked = batch =>
            batch.Id == "batch_1"
                ? stored.ExecuteAsync("UPDATE issues SET body = 'edited' || number WHERE number <= 7")
                : Task.CompletedTask;

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 100, 7), (result.State, result.Embedded, result.Superseded));
        Assert.Equal(2, server.Batches.All.Count);
        Assert.Equal(7, server.Batches.All[1].Lines.Length);
        Assert.Equal(0, await stored.WrongAsync(new LexicalProvider(384)));
    }

    [Fact]
    public async Task Vectors_of_an_expired_batch_are_kept_and_the_rest_goes_into_the_next()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        server.Batches.Progress = batch => batch.Id == "batch_1" ? "expired" : "completed";
        server.Batches.Answers = batch => batch.Id == "batch_1" ? 60 : batch.Lines.Length;

        var result = await RunAsync(stored);

        Assert.Equal((RunState.Completed, 100), (result.State, result.Embedded));
        Assert.Equal([100, 40], server.Batches.All.Select(batch => batch.Lines.Length));
        Assert.Equal(100, server.Batches.Paid.Distinct().Count());
        Assert.Contains(
            stored.Output.Warnings,
            warning => warning.Contains("batch_1 is expired: 60 of 100", StringComparison.Ordinal)
        );
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_state WHERE attempts > 0")
        );
    }

    [Fact]
    public async Task A_batch_that_is_cancelled_at_the_provider_is_not_submitted_again_by_the_same_run()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        server.Batches.Progress = _ => "cancelled";
        server.Batches.Answers = _ => 30;

        var result = await RunAsync(stored);

        Assert.Equal(
            (RunState.Incomplete, 30, 70, 0),
            (result.State, result.Embedded, result.Remaining, result.InBatch)
        );
        Assert.Single(server.Batches.All);
        Assert.Contains(
            stored.Output.Warnings,
            warning => warning.Contains("was cancelled at the provider", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Refused_lines_are_set_aside_and_their_neighbours_written()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        await stored.ExecuteAsync("UPDATE issues SET body = 'poison' WHERE number = 20");
        await stored.ExecuteAsync("UPDATE issues SET body = 'later' WHERE number = 30");
        var failing = true;
        server.Fault = call =>
            call.Input[0].EndsWith("poison", StringComparison.Ordinal) ? OpenAIFault.Error(400, "cannot embed this")
            : failing && call.Input[0].EndsWith("later", StringComparison.Ordinal)
                ? Once(OpenAIFault.Error(500, "broken"))
            : null;
        OpenAIFault Once(OpenAIFault fault)
        {
            failing = false;
            return fault;
        }

        var result = await RunAsync(stored);

        Assert.Equal(
            (RunState.Incomplete, 99, 1, 0),
            (result.State, result.Embedded, result.Quarantined, result.Remaining)
        );
        Assert.Equal([100, 1], server.Batches.All.Select(batch => batch.Lines.Length));
        Assert.Equal(
            "400 cannot embed this",
            await stored.ReadAsync<string>(
                "SELECT last_error FROM backfill.embedding_state WHERE quarantined_at IS NOT NULL"
            )
        );
    }

    [Fact]
    public async Task A_batch_of_refusals_is_the_configuration_and_holds_nothing_afterwards()
    {
        await using var stored = await FilledAsync(60, 0, 0);
        server.Fault = call => call.Path == "batch" ? OpenAIFault.Error(400, "input too long") : null;

        var error = await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));

        Assert.Equal(ErrorIds.EmbeddingProviderRefused, error.ErrorId);
        Assert.Contains("input too long", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim"));
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_state"));
        Assert.Equal(
            0L,
            await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_batch WHERE finished_at IS NULL")
        );
    }

    [Theory]
    [InlineData("[1,0,0]", 1)]
    [InlineData("zeros", 1)]
    [InlineData("not finite", 1)]
    [InlineData("\"AAAAAAAAAAAAAAAA\"", 1)]
    [InlineData("\"AAAAAAA\"", 0)]
    [InlineData("\"AAAA\"", 0)]
    public async Task An_answer_that_is_no_vector_of_the_wanted_length_is_not_written(string vector, int quarantined)
    {
        await using var stored = await FilledAsync(250, 0, 0);
        vector = vector switch
        {
            "zeros" => $"\"{Convert.ToBase64String(new byte[384 * 4])}\"",
            "not finite" => $"\"{Convert.ToBase64String(Enumerable.Repeat((byte)255, 384 * 4).ToArray())}\"",
            _ => vector,
        };
        var changed = 0;
        server.Batches.Line = line =>
            changed++ == 0 ? Regex.Replace(line, "\"embedding\":\"[^\"]*\"", $"\"embedding\":{vector}") : line;

        var result = await RunAsync(stored);

        // What cannot even be read may be right the next time.
        Assert.Equal((250 - quarantined, quarantined), (result.Embedded, result.Quarantined));
        Assert.Equal(2 - quarantined, server.Batches.All.Count);
        Assert.Equal(quarantined, await stored.WrongAsync(new LexicalProvider(384)));
    }

    [Fact]
    public async Task A_limit_of_waiting_tokens_makes_smaller_batches_in_turn_and_is_remembered()
    {
        await using var stored = await FilledAsync(100, 0, 0);
        var provider = server.Provider();
        var all = await TokensAsync(stored, provider);
        server.Batches.Progress = batch =>
        {
            if (batch.Id != "batch_1")
            {
                return "completed";
            }

            batch.Error = (
                "token_limit_exceeded",
                FormattableString.Invariant(
                    $"Enqueued token limit reached for text-embedding-3-small. Limit: {all / 3:N0} enqueued tokens. Please try again later."
                )
            );
            return "failed";
        };

        var result = await RunAsync(stored);
        await stored.ExecuteAsync("UPDATE issues SET body = body || ' more'");
        await RunAsync(stored, NoWait);

        Assert.Equal((RunState.Completed, 100), (result.State, result.Embedded));
        Assert.InRange(server.Batches.All.Count, 5, 9);
        Assert.Equal(100, server.Batches.All[0].Lines.Length);
        Assert.All(server.Batches.All.Skip(1), batch => Assert.InRange(batch.Lines.Length, 1, 70));
        Assert.Equal(
            all / 3,
            await stored.ReadAsync<long>(
                "SELECT token_limit FROM backfill.embedding_batch WHERE token_limit IS NOT NULL"
            )
        );
    }

    [Fact]
    public async Task A_batch_that_the_provider_does_not_begin_is_an_error_with_its_words_and_holds_nothing()
    {
        await using var stored = await FilledAsync(20, 0, 0);
        server.Batches.Progress = batch =>
        {
            batch.Error = ("invalid_json_line", "This line is not parseable as valid JSON.");
            return "failed";
        };

        var error = await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));

        Assert.Contains("not parseable", error.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim"));
        Assert.Equal(
            "failed",
            await stored.ReadAsync<string>("SELECT state FROM backfill.embedding_batch WHERE finished_at IS NOT NULL")
        );
    }

    [Fact]
    public async Task The_cost_limit_counts_half_the_price_and_is_kept_before_submitting()
    {
        await using var stored = await FilledAsync(300, 0, 0);
        var provider = server.Provider();
        server.CountTokens = provider.CountTokens;

        var result = await RunAsync(stored, request => request with { CostLimit = 0.0001m });

        // Ten thousand tokens at one cent a million.
        Assert.Equal(RunState.Incomplete, result.State);
        Assert.InRange(server.Batches.Paid.Sum(provider.CountTokens), 9_000, 10_000);
        Assert.InRange(result.Cost!.Value, 0.00009m, 0.000101m);
        Assert.Contains(stored.Output.Warnings, warning => warning.Contains("cost limit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_plan_shows_the_batch_price_and_sends_no_request()
    {
        await using var stored = await FilledAsync(50, 0, 0);
        server.Batches.Progress = _ => "in_progress";
        await RunAsync(stored, NoWait);
        await stored.FillAsync(0, 10, 0);
        var (calls, requests) = (server.Calls.Count, server.Batches.Requests.Count);
        var before = await stored.ChecksumAsync();

        var plan = await RunAsync(stored, request => request with { Plan = true });

        Assert.Equal((RunState.Planned, 60, 50), (plan.State, plan.Estimate!.Items, plan.InBatch));
        Assert.Equal(plan.Estimate.Tokens * 0.01m / 1_000_000m, plan.Estimate.Cost);
        Assert.Null(plan.Estimate.Minutes);
        Assert.Contains("50 of the items are in a batch", plan.Estimate.Note, StringComparison.Ordinal);
        Assert.Contains("Batch API", plan.Estimate.Note, StringComparison.Ordinal);
        Assert.Equal((calls, requests), (server.Calls.Count, server.Batches.Requests.Count));
        Assert.Equal(before, await stored.ChecksumAsync());
    }

    [Fact]
    public async Task A_provider_without_a_batch_API_is_refused_before_anything_is_begun()
    {
        await using var stored = await FilledAsync(5, 0, 0);
        server.Batches.Fault = _ => OpenAIFault.Error(404, "no such path");
        var before = await stored.ChecksumAsync();

        var lexical = await Assert.ThrowsAsync<BackfillException>(() =>
            stored.RunAsync(new LexicalProvider(384), request => request with { Batch = true })
        );
        var gateway = await Assert.ThrowsAsync<BackfillException>(() => RunAsync(stored));

        Assert.Equal(ErrorIds.ParameterConflict, lexical.ErrorId);
        Assert.Equal(ErrorIds.EmbeddingProviderRefused, gateway.ErrorId);
        Assert.Contains("no Batch API", gateway.Message, StringComparison.Ordinal);
        Assert.Equal(before, await stored.ChecksumAsync());
        Assert.Equal(0L, await stored.ReadAsync<long>("SELECT count(*) FROM backfill.embedding_claim"));
    }

    [Fact]
    public async Task A_batch_is_continued_by_its_id_and_nothing_else_is_submitted()
    {
        await using var stored = await FilledAsync(40, 0, 0);
        server.Batches.Progress = _ => "in_progress";
        var id = Assert.Single((await RunAsync(stored, NoWait)).Batches);
        await stored.FillAsync(0, 10, 0);
        server.Batches.Progress = _ => "completed";

        var result = await RunAsync(stored, request => request with { Repositories = [], BatchIds = [id] });
        var unknown = await Assert.ThrowsAsync<BackfillException>(() =>
            RunAsync(stored, request => request with { Repositories = [], BatchIds = ["batch_none"] })
        );

        Assert.Equal(("octo/hello", 40, 10), (result.Repository, result.Embedded, result.Remaining));
        Assert.Single(server.Batches.All);
        Assert.Equal(ErrorIds.EmbeddingBatchNotFound, unknown.ErrorId);
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    internal static EmbeddingRequest NoWait(EmbeddingRequest request) => request with { NoWait = true };

    private string[] Interactive() =>
        [.. server.Calls.SelectMany(call => call.Input).Where(text => text != "[ISSUE] Probe")];

    private static async Task<long> TokensAsync(EmbeddingDatabase stored, IEmbeddingProvider provider) =>
        (await stored.RunAsync(provider, request => request with { Plan = true })).Estimate!.Tokens;

    private async Task<EmbeddingResult> RunAsync(
        EmbeddingDatabase stored,
        Func<EmbeddingRequest, EmbeddingRequest>? change = null
    ) =>
        Assert.Single(
            await stored.RunAllAsync(
                server.Provider(),
                request => (change ?? (same => same))(request with { Batch = true }),
                time: time
            )
        );

    private async Task<EmbeddingDatabase> FilledAsync(int issues, int pullRequests, int discussions)
    {
        var stored = await EmbeddingDatabase.CreateAsync(postgres);
        await stored.FillAsync(issues, pullRequests, discussions);
        return stored;
    }
}
