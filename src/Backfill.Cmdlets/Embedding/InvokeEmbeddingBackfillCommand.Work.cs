namespace Backfill.Cmdlets.Embedding;

public sealed partial class InvokeEmbeddingBackfillCommand
{
    // Vectors that are replaced were paid for, so this is asked as for a cmdlet with ConfirmImpact High. Without anything to
    // lose there is no question.
    private bool MayReplace(string target, EmbeddingRequest request)
    {
        if (!(Force || AllowModelChange) || Engine != EngineKind.Local || !AsksBeforeLoss)
        {
            return true;
        }

        var loss = new VectorLoss();
        // When the plan fails, the request itself fails as well, and reports why.
        var failure = Attempt(
            (engine, settings, _, token) => engine.EmbedAsync(settings, request with { Plan = true }, loss, token)
        );
        return failure is not null
            || loss.Vectors == 0
            || ShouldContinue(loss.Question(target), "Replace stored vectors", ref yesToAll, ref noToAll);
    }

    // A repository that cannot be embedded is passed on as failed.
    private void EmbedOrFail(string target, EmbeddingRequest request)
    {
        Operation embed = (engine, settings, output, token) => engine.EmbedAsync(settings, request, output, token);
        var failure = Attempt(embed);
        // A batch is refused when one of its repositories is unknown. Leave that one out and embed the others.
        while (
            request.Repositories.Count > 1
            && failure is BackfillException { ErrorId: ErrorIds.RepositoryNotTracked, Subject: string unknown }
        )
        {
            Fail(unknown, failure);
            var known = request.Repositories.Where(one =>
                !one.FullName.Equals(unknown, StringComparison.OrdinalIgnoreCase)
            );
            request = request with { Repositories = [.. known] };
            failure = Attempt(embed);
        }

        if (failure is null)
        {
            return;
        }

        if (request.Repositories is [var only])
        {
            Fail(only.FullName, failure);
            return;
        }

        WriteFailure(failure, target);
        foreach (var repository in request.Repositories)
        {
            HandOnFailed(repository.FullName, MessageOf(failure), isReported: true);
        }
    }
}
