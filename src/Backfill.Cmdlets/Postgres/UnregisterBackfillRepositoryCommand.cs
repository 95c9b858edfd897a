using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Stops tracking repositories. Their rows stay, unless -RemoveRows is given.</summary>
[Cmdlet(
    VerbsLifecycle.Unregister,
    "BackfillRepository",
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(UntrackedRepository))]
public sealed class UnregisterBackfillRepositoryCommand : RepositoryCommand
{
    /// <summary>Also delete every row of the repository: its items, reviews, comments and vectors, and what the tool recorded about them. Contributors stay, because they belong to no repository. The login needs the right to delete.</summary>
    [Parameter]
    public SwitchParameter RemoveRows { get; set; }

    /// <summary>Stops tracking each repository.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Named())
        {
            var action = RemoveRows ? "Stop tracking, and delete every row and vector" : "Stop tracking";
            var decision = Decide(action, repository.FullName, IsInputPlanned);
            if (decision == Decision.Leave)
            {
                continue;
            }

            var request = new UnregisterRequest(repository, RemoveRows, Plan: decision == Decision.Plan);
            RunFor(
                repository.FullName,
                async (engine, settings, output, token) =>
                    await output.WriteAsync(await engine.UnregisterAsync(settings, request, token), token)
            );
        }
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new UntrackedRepository
            {
                Repository = repository,
                State = FailedState,
                Error = error,
            }
        );
}
