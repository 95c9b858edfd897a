using Backfill.Core.Embedding.Providers;
using Backfill.Core.Embedding.Store;
using Backfill.Core.Inngest;
using Backfill.Core.Postgres;

namespace Backfill.Core.Embedding.Run;

/// <summary>Embeds items and finds similar ones, with the provider that the settings name.</summary>
internal sealed class EmbeddingStage(
    BackfillSettings settings,
    HttpClient http,
    KnownServers servers,
    InngestConnection inngest,
    TimeProvider time
)
{
    /// <summary>Embeds the items of a request in this process or at Inngest, and writes the results.</summary>
    /// <exception cref="BackfillException">The database or the provider cannot do it.</exception>
    public async Task EmbedAsync(
        Database database,
        EmbeddingRequest request,
        IOperationOutput output,
        CancellationToken cancellationToken
    )
    {
        if (request.Engine == EngineKind.Inngest)
        {
            await new InngestEmbedding(database, inngest, request, output, time).RunAsync(cancellationToken);
            return;
        }

        await RepositoryDirectory.WarnMovedAsync(database, request.Repositories, output, cancellationToken);
        var dimensions = await EmbeddingScope.ColumnDimensionsAsync(database, request.ItemTypes, cancellationToken);
        var provider = EmbeddingProviders.Create(settings, http, request, dimensions, time, servers);
        using var session = provider as IDisposable;
        if (!request.Plan)
        {
            await DatabaseRights.RequireAsync(database, PipelineStage.Embed, cancellationToken);
        }

        var results = await EmbeddingBackfill.RunAsync(
            database,
            request,
            provider,
            output,
            time,
            cancellationToken,
            EmbeddingPrices.Load(settings.EmbeddingPrices)
        );
        foreach (var result in results)
        {
            await output.WriteAsync(result, cancellationToken);
        }
    }

    /// <summary>Asks the provider for one vector, which shows that it is reached and accepts the key. It costs less than a millionth of a dollar.</summary>
    /// <exception cref="BackfillException">The provider cannot be reached or refuses.</exception>
    public async Task TryAsync(CancellationToken cancellationToken)
    {
        var provider = EmbeddingProviders.Create(settings, http, new EmbeddingRequest(), null, time, servers);
        using var session = provider as IDisposable;
        var answer = await provider.EmbedAsync(["Backfill"], cancellationToken);
        if (answer.Texts[0].Refusal is { } refusal)
        {
            throw new BackfillException(
                ErrorIds.EmbeddingProviderRefused,
                ErrorKind.Access,
                $"{provider.Name} makes no vectors with the model {provider.Model}: {refusal}",
                "Check the model (-EmbeddingModel) and the address of the provider.",
                provider.Name
            );
        }
    }

    /// <summary>Returns the prices and the pace by which a plan counts.</summary>
    public async Task<MeasurementBasis> BasisAsync(Database database, bool isBatch, CancellationToken cancellationToken)
    {
        var dimensions = await EmbeddingScope.ColumnDimensionsAsync(database, [], cancellationToken);
        var provider = EmbeddingProviders.Create(settings, http, new EmbeddingRequest(), dimensions, time, servers);
        using var session = provider as IDisposable;
        var prices = EmbeddingPrices.Load(settings.EmbeddingPrices);
        return new MeasurementBasis
        {
            Model = $"{provider.Name}/{provider.Model}",
            DollarsPerMillionTokens = prices.OfMillionTokens(provider, isBatch),
            PricesAsOf = prices.AsOf,
            TokensPerMinute = isBatch ? null : prices.TokensPerMinute(provider),
        };
    }

    /// <summary>Finds the items that are nearest to a text or to an item.</summary>
    /// <exception cref="BackfillException">There is no such item with a vector, or the vectors are another model's.</exception>
    public async Task<IReadOnlyList<SimilarItem>> FindSimilarAsync(
        Database database,
        SimilarityRequest request,
        CancellationToken cancellationToken
    )
    {
        var dimensions = await EmbeddingScope.ColumnDimensionsAsync(database, request.ItemTypes, cancellationToken);
        var which = new EmbeddingRequest
        {
            Repositories = request.Repositories,
            All = request.All,
            Dimensions = request.Dimensions,
        };
        var targets = await EmbeddingTargets.FindAsync(database, which, cancellationToken);
        return await new SimilarItems(database, request, targets).FindAsync(
            () => EmbeddingProviders.Create(settings, http, which, dimensions, time, servers),
            cancellationToken
        );
    }
}
