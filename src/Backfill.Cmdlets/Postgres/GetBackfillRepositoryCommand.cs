using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Postgres;

/// <summary>Lists the tracked repositories with their last sync, rows and proof.</summary>
[Cmdlet(VerbsCommon.Get, "BackfillRepository")]
[OutputType(typeof(BackfillRepository))]
public sealed class GetBackfillRepositoryCommand : DatabaseCommand
{
    private readonly List<string> names = [];

    /// <summary>The repositories, as owner/name or as an address at github.com, also with wildcards (octo/*); without them all tracked ones. Objects are taken from the pipeline: those of the other cmdlets, and any with a property Repository, FullName, nameWithOwner or full_name, or with both Owner and Name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName", "Repositories")]
    [RepositoryNames]
    [AllowEmptyCollection]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public string[] Repository { get; set; } = [];

    /// <summary>Only repositories in one of these workspaces, by name, also with wildcards.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkspaceCompleter))]
    public string[] Workspace { get; set; } = [];

    /// <summary>Also list repositories that are not tracked any more, whose rows are still stored.</summary>
    [Parameter]
    public SwitchParameter IncludeUntracked { get; set; }

    /// <summary>Collects the names, because one statement counts the rows of all repositories.</summary>
    protected override void ProcessRecord() => names.AddRange(Repository);

    /// <summary>Lists the repositories.</summary>
    protected override void EndProcessing()
    {
        if (names.Count == 0 && MyInvocation.ExpectingInput)
        {
            return;
        }

        string[] patterns = [.. names.Where(Wildcards.IsPattern)];
        RepositoryName[] exact = [.. Parse(names.Where(name => !Wildcards.IsPattern(name)))];
        // A name that is not stored is an error, and the others are still listed.
        foreach (var name in exact.DistinctBy(one => one.FullName, StringComparer.OrdinalIgnoreCase))
        {
            Find(name.FullName, [name], []);
        }

        if (patterns.Length > 0 || names.Count == 0)
        {
            Find(null, [], patterns);
        }
    }

    private void Find(string? subject, RepositoryName[] repositories, string[] patterns) =>
        Run(
            subject,
            async (engine, settings, output, token) =>
            {
                var found = await engine.FindRepositoriesAsync(
                    settings,
                    new RepositoryQuery(repositories, IncludeUntracked),
                    token
                );
                foreach (
                    var one in found.Where(one =>
                        Matches(patterns, [one.Repository]) && Matches(Workspace, one.Workspaces)
                    )
                )
                {
                    await output.WriteAsync(one, token);
                }
            }
        );

    private static bool Matches(string[] patterns, IReadOnlyList<string> names) =>
        patterns.Length == 0
        || patterns.Any(pattern => names.Any(WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch));
}
