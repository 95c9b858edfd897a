using Backfill.Core.Coverage;
using Backfill.Core.Embedding.Providers;
using Backfill.Core.Postgres;
using Backfill.Core.Sync.Runs;

namespace Backfill.Core;

/// <summary>Finds what the Tab key completes, in the database and in the lists of the tool. Neither GitHub nor a provider is asked.</summary>
internal static class Completions
{
    private const int Most = 100;

    /// <summary>Returns the values of one kind that fit the word at the cursor.</summary>
    /// <param name="openAsync">Opens the database. It is not called for the kinds that need no database.</param>
    public static async Task<IReadOnlyList<Completion>> FindAsync(
        BackfillSettings settings,
        CompletionRequest request,
        Func<Task<Database>> openAsync,
        CancellationToken cancellationToken
    ) =>
        request.Kind switch
        {
            CompletionKind.Check => Checks(request.Word),
            CompletionKind.Repository => Named(
                await RepositoryDirectory.ListAsync(await openAsync(), request.Word, Most, cancellationToken)
            ),
            CompletionKind.Workspace => await WorkspacesAsync(await openAsync(), request.Word, cancellationToken),
            CompletionKind.Run => await RunsAsync(await openAsync(), request.Word, cancellationToken),
            CompletionKind.Model => await ModelsAsync(settings, openAsync, request.Word, cancellationToken),
            CompletionKind.Batch => await BatchesAsync(await openAsync(), request.Word, cancellationToken),
            _ => [],
        };

    private static Completion[] Named(IEnumerable<string> names) =>
        [.. names.Select(name => new Completion(name, name))];

    private static Completion[] Checks(string word) =>
        [
            .. Checklist
                .All.GroupBy(check => check.Category)
                .Select(group => new Completion(
                    group.Key,
                    $"the category {group.Key}, {PipelineEstimate.Count(group.Count(), "check")}"
                ))
                .Concat(
                    Checklist.All.Select(check => new Completion(check.Id, $"a check of the category {check.Category}"))
                )
                .DistinctBy(one => one.Text)
                .Where(one => one.Text.Contains(word, StringComparison.OrdinalIgnoreCase)),
        ];

    private static async Task<IReadOnlyList<Completion>> WorkspacesAsync(
        Database database,
        string word,
        CancellationToken cancellationToken
    ) =>
        [
            .. (await WorkspaceDirectory.ListAsync(database, word, Most, cancellationToken)).Select(
                one => new Completion(
                    one.Name,
                    one.Repositories == 1 ? "1 repository" : $"{ScreenText.Of(one.Repositories)} repositories"
                )
            ),
        ];

    private static async Task<IReadOnlyList<Completion>> RunsAsync(
        Database database,
        string word,
        CancellationToken cancellationToken
    )
    {
        if (!(await database.CatalogueAsync(cancellationToken)).HasTable("backfill.sync_run"))
        {
            return [];
        }

        var filter = new SyncFilter([], [], [], ThisProcess: false)
        {
            IdParts = word.Length == 0 ? [] : [word],
            First = Most,
        };
        return
        [
            .. (await new RunRecord(database).FindAsync(filter, cancellationToken)).Select(run => new Completion(
                run.Id.ToString(),
                $"{run.Repository} {run.State}, started {ScreenText.Of(run.StartedAt)}"
            )),
        ];
    }

    private static async Task<IReadOnlyList<Completion>> ModelsAsync(
        BackfillSettings settings,
        Func<Task<Database>> openAsync,
        string word,
        CancellationToken cancellationToken
    )
    {
        var prices = EmbeddingPrices.Load(settings.EmbeddingPrices);
        var found = prices.Models.Select(model => new Completion(model, $"a model with a price as of {prices.AsOf}"));
        if (settings.Local || settings.Database is not null)
        {
            found = found.Concat(await StoredModelsAsync(await openAsync(), cancellationToken));
        }

        return
        [
            .. found
                .DistinctBy(one => one.Text)
                .Where(one => one.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase)),
        ];
    }

    // A key is provider/model/dimensions. The model of a folder has slashes of its own.
    private static async Task<IReadOnlyList<Completion>> StoredModelsAsync(
        Database database,
        CancellationToken cancellationToken
    )
    {
        if (!(await database.CatalogueAsync(cancellationToken)).HasTable("backfill.embedding_state"))
        {
            return [];
        }

        var models = await database
            .Statement("Embedding/Store/Sql/list-models")
            .RowsAsync(
                row => (Key: row.Get<string>("model_key"), Vectors: row.Get<long>("vectors")),
                cancellationToken
            );
        return
        [
            .. models
                .Where(one => one.Key.Split('/').Length > 2)
                .Select(one => new Completion(
                    string.Join('/', one.Key.Split('/')[1..^1]),
                    $"the model of {PipelineEstimate.Count(one.Vectors, "stored vector")}"
                )),
        ];
    }

    private static async Task<IReadOnlyList<Completion>> BatchesAsync(
        Database database,
        string word,
        CancellationToken cancellationToken
    )
    {
        if (!(await database.CatalogueAsync(cancellationToken)).HasTable("backfill.embedding_batch"))
        {
            return [];
        }

        var batches = await database
            .Statement("Embedding/BatchApi/Sql/open-batches")
            .RowsAsync(
                row => new Completion(
                    row.Get<string>("batch_id"),
                    $"{PipelineEstimate.Count(row.Get<int>("requests"), "request")} for {row.Get<string>("model_key")}, submitted {ScreenText.Of(row.Get<DateTimeOffset>("submitted_at"))}"
                ),
                cancellationToken
            );
        return [.. batches.Where(batch => batch.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))];
    }
}
