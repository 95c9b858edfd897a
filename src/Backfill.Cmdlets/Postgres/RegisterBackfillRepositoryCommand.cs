using System.Management.Automation;
using System.Security;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Settings;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Tracks repositories, so that they can be synced.</summary>
[Cmdlet(
    VerbsLifecycle.Register,
    "BackfillRepository",
    SupportsShouldProcess = true,
    DefaultParameterSetName = RepositorySet
)]
[OutputType(typeof(TrackedRepository))]
public sealed class RegisterBackfillRepositoryCommand : RepositoryCommand
{
    /// <summary>Name, slug or id of the workspace to put the repositories into.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(WorkspaceCompleter))]
    public string? Workspace { get; set; }

    /// <summary>GitHub tokens as SecureString, PSCredential or text. Several tokens share the load. The default is the tokens of Connect-Backfill, then GITHUB_TOKEN and GH_TOKEN.</summary>
    [Parameter]
    [Secret]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public SecureString[] GitHubToken { get; set; } = [];

    private protected override BackfillSettings Given =>
        base.Given with
        {
            GitHubTokens = SecretAttribute.Read(GitHubToken),
        };

    /// <summary>Refuses an empty workspace. An empty cell of a piped table means no workspace.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Workspace)) && string.IsNullOrEmpty(Workspace))
        {
            Refuse(
                new BackfillException(
                    ErrorIds.WorkspaceNotFound,
                    ErrorKind.Input,
                    "-Workspace has no value.",
                    "Give the name, slug or id of a workspace, or leave -Workspace out."
                )
            );
        }
    }

    /// <summary>Tracks each repository.</summary>
    protected override void ProcessRecord()
    {
        foreach (var repository in Named())
        {
            var decision = Decide("Track", repository.FullName, IsInputPlanned);
            if (decision == Decision.Leave)
            {
                continue;
            }

            var request = new RegisterRequest(
                repository,
                Workspace is { Length: > 0 } ? Workspace : null,
                Plan: decision == Decision.Plan
            );
            RunFor(
                repository.FullName,
                async (engine, settings, output, token) =>
                    await output.WriteAsync(await engine.RegisterAsync(settings, request, output, token), token)
            );
        }
    }

    private protected override void HandOnFailed(string repository, string error, bool isReported) =>
        WriteObject(
            new TrackedRepository
            {
                Repository = repository,
                State = FailedState,
                Error = error,
            }
        );
}
