using System.Management.Automation;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Finds the issues, pull requests and discussions that are most similar to a text or to an item.</summary>
[Cmdlet(VerbsCommon.Find, "SimilarItem", DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(SimilarItem))]
public sealed class FindSimilarItemCommand : EmbeddingCommand
{
    /// <summary>The text to compare with.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Text { get; set; }

    /// <summary>The number of the issue, pull request or discussion to compare with.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Alias("Number")]
    [ValidateRange(1, int.MaxValue)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int? Item { get; set; }

    /// <summary>The number of results. The default is 10.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public int First { get; set; } = 10;

    /// <summary>Refuses a call that has neither a text nor an item, or both.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if ((Text is null) == (Item is null))
        {
            Refuse(Exclusive("Either -Text or -Item is needed, and not both.", "Give one of them."));
        }
    }

    /// <summary>Looks in each repository, or in all of them at once.</summary>
    protected override void ProcessRecord()
    {
        if (All)
        {
            Find([], "every repository of the database");
            return;
        }

        foreach (var repository in Parse(Expand(CompletionKind.Repository, Repository)))
        {
            Find([repository], repository.FullName);
        }
    }

    private void Find(RepositoryName[] repositories, string target)
    {
        var request = new SimilarityRequest(repositories, All, ItemTypes, Text, Item, First, Dimensions);
        Run(
            target,
            async (engine, settings, output, token) =>
            {
                foreach (var item in await engine.FindSimilarAsync(settings, request, output, token))
                {
                    await output.WriteAsync(item, token);
                }
            }
        );
    }
}
