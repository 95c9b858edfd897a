using System.Management.Automation;

namespace Backfill.Cmdlets.Embedding;

/// <summary>Finds the issues, pull requests and discussions that are nearest to a text or to one of them.</summary>
/// <remarks>
/// <para>It compares the stored vectors themselves, past any index, so that an operator can see whether they are good. A text is embedded by the provider that made the stored vectors: those of another model cannot be compared, and are an error. An item needs no provider.</para>
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
    /// <summary>The text whose neighbours are wanted.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    [ValidateNotNullOrEmpty]
    public string? Text { get; set; }

    /// <summary>The number of the issue, pull request or discussion whose neighbours are wanted.</summary>
    [Parameter(ParameterSetName = RepositorySet)]
    [Alias("Number")]
    [ValidateRange(1, int.MaxValue)]
    public int? Item { get; set; }

    /// <summary>How many neighbours.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int First { get; set; } = 10;

    /// <summary>Refuses a call without a text and an item, or with both.</summary>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Text is null == Item is null)
        {
            Refuse(
                Exclusive("The neighbours of what are wanted? -Text and -Item exclude each other.", "Give one of them.")
            );
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
