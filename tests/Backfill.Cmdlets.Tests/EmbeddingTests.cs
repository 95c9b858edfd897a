using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class EmbeddingTests : IDisposable
{
    private readonly Shell shell = new();

    [Fact]
    public void Embedding_gets_every_parameter()
    {
        shell.Run(
            "Invoke-EmbeddingBackfill octo/a -BatchSize 50 -MaxIterations 3 -Delay 2 -CostLimit 1.5 -ItemType ISSUE, pull_request "
                + "-Force -AllowModelChange -Confirm:$false -Provider OpenAI -Model small -OpenAIKey key -AzureOpenAIKey other -Dimensions 256 "
                + "-TokensPerMinute 1000000 -RequestsPerMinute 3000 -ThrottleLimit 8 -RebuildIndex"
        );

        var request = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Equal(
            new EmbeddingRequest
            {
                Repositories = request.Repositories,
                Workspaces = request.Workspaces,
                ItemTypes = request.ItemTypes,
                BatchIds = request.BatchIds,
                BatchSize = 50,
                MaxIterations = 3,
                Delay = TimeSpan.FromSeconds(2),
                Force = true,
                AllowModelChange = true,
                Dimensions = 256,
                TokensPerMinute = 1_000_000,
                RequestsPerMinute = 3000,
                ThrottleLimit = 8,
                CostLimit = 1.5m,
                RebuildIndex = true,
            },
            request
        );
        Assert.Equal([new RepositoryName("octo", "a")], request.Repositories);
        Assert.Equal(["issue", "pull_request"], request.ItemTypes);
        var settings = Assert.Single(shell.Engine.Settings);
        Assert.Equal(
            ("OpenAI", "small", "key", "other"),
            (
                settings.EmbeddingProvider,
                settings.EmbeddingModel,
                settings.OpenAIKey?.Reveal(),
                settings.AzureOpenAIKey?.Reveal()
            )
        );
    }

    [Fact]
    public void Repositories_are_submitted_to_the_Batch_API_together_and_planned_ones_only_planned()
    {
        var outcome = shell.Run(
            "'octo/a', 'octo/b', 'octo/A' | Invoke-EmbeddingBackfill -Batch -NoWait -CostLimit 2 -MaxIterations 3;"
                + "[pscustomobject]@{ Repository = 'octo/c'; State = 'Planned' } | Invoke-EmbeddingBackfill -Batch"
        );

        EmbeddingRequest[] requests = [.. shell.Engine.Asked<EmbeddingRequest>()];
        Assert.Empty(outcome.Errors);
        Assert.Equal(["octo/a", "octo/b"], requests[0].Repositories.Select(repository => repository.FullName));
        Assert.Equal(
            (true, true, false, 2m, 3),
            (
                requests[0].Batch,
                requests[0].NoWait,
                requests[0].Plan,
                requests[0].CostLimit!.Value,
                requests[0].MaxIterations!.Value
            )
        );
        Assert.Equal((true, true, 2), (requests[1].Batch, requests[1].Plan, requests.Length));
    }

    [Fact]
    public void A_batch_is_continued_by_its_id()
    {
        var outcome = shell.Run("Invoke-EmbeddingBackfill -BatchId batch_1, batch_2 -NoWait");

        var request = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Empty(outcome.Errors);
        Assert.Equal(["batch_1", "batch_2"], request.BatchIds);
        Assert.Equal((true, true, false), (request.Batch, request.NoWait, request.All));
        Assert.Empty(request.Repositories);
    }

    [Theory]
    [InlineData("octo/a -Batch -BatchSize 10")]
    [InlineData("octo/a -Batch -Delay 1")]
    [InlineData("octo/a -Batch -RebuildIndex")]
    [InlineData("-BatchId batch_1 -TokensPerMinute 10")]
    [InlineData("octo/a -NoWait")]
    public void Parameters_that_contradict_the_Batch_API_are_refused(string arguments)
    {
        Assert.Equal([ErrorIds.ParameterConflict], shell.Run($"Invoke-EmbeddingBackfill {arguments}").ErrorIds);
        Assert.Empty(shell.Engine.Asked<EmbeddingRequest>());
    }

    [Theory]
    [InlineData("octo/a -Text near -First 3 -ItemType ISSUE", "near", null)]
    [InlineData("octo/a -Item 7 -First 3 -ItemType issue", null, 7)]
    public void Similar_items_are_found_by_text_or_by_item(string arguments, string? text, int? item)
    {
        var outcome = shell.Run($"Find-SimilarItem {arguments}");

        var request = Assert.Single(shell.Engine.Asked<SimilarityRequest>());
        Assert.Empty(outcome.Errors);
        Assert.Equal((text, item, 3, false), (request.Text, request.Item, request.First, request.All));
        Assert.Equal(["issue"], request.ItemTypes);
    }

    [Theory]
    [InlineData("octo/a")]
    [InlineData("octo/a -Text near -Item 7")]
    public void A_search_for_similar_items_needs_either_a_text_or_an_item(string arguments) =>
        Assert.Equal([ErrorIds.ParameterConflict], shell.Run($"Find-SimilarItem {arguments}").ErrorIds);

    [Theory]
    [InlineData("-All", true)]
    [InlineData("-Workspace team, other", false)]
    public void Embedding_takes_workspaces_and_the_whole_database_in_one_call(string which, bool all)
    {
        var outcome = shell.Run($"Invoke-EmbeddingBackfill {which} -WhatIf");

        var request = Assert.Single(shell.Engine.Asked<EmbeddingRequest>());
        Assert.Empty(outcome.Errors);
        Assert.Empty(request.Repositories);
        Assert.Equal((all, true), (request.All, request.Plan));
        Assert.Equal(all ? [] : ["team", "other"], request.Workspaces);
    }

    public void Dispose() => shell.Dispose();
}
