namespace Backfill.Cmdlets.Pipeline;

/// <summary>Completes the names of tracked repositories.</summary>
public sealed class RepositoryCompleter : StoredValueCompleter
{
    private protected override CompletionKind Kind => CompletionKind.Repository;

    // Only proper names are completed, because the text goes into the command line.
    private protected override bool IsSafe(Completion value)
    {
        try
        {
            return RepositoryName.Parse(value.Text).FullName == value.Text;
        }
        catch (BackfillException)
        {
            return false;
        }
    }
}
