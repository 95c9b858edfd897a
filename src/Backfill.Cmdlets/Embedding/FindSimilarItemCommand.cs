using System.Management.Automation;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Finds the issues, pull requests and discussions that are most similar to a text or to an item.</summary>
/// <remarks>
/// <para>It compares the stored vectors themselves and uses no index, so it shows how good the vectors are. A text is embedded with the provider that made the stored vectors. Stored vectors of another model cannot be compared, and are an error. With -Item, no provider is needed.</para>
/// </remarks>
/// <example>
/// <code>Find-SimilarItem octo/hello -Text 'handshake fails with an empty ticket' -First 5</code>
/// <para>Shows the five items of a repository whose vectors are nearest to that of a text.</para>
/// </example>
/// <example>
/// <code>Find-SimilarItem octo/hello -Item 42 -ItemType issue</code>
/// <para>Shows the issues that are nearest to number 42.</para>
/// </example>
[Cmdlet(VerbsCommon.Find, "SimilarItem", DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(SimilarItem))]
public sealed class FindSimilarItemCommand : EmbeddingCommand
{
    /// <summary>The text to compare with.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>The number of the issue, pull request or discussion to compare with.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Alias("Number")]
    [ValidateRange(1, int.MaxValue)]
    public int? Item { get; set; }

    /// <summary>The number of results. The default is 10.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
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

        foreach (var repository in Parse(Repository))
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
