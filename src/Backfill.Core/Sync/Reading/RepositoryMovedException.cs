namespace Backfill.Core.Sync.Reading;

/// <summary>GitHub has the repository under another name than the name that the run uses.</summary>
/// <param name="fullName">The present name, <c>owner/name</c>.</param>
internal sealed class RepositoryMovedException(string fullName) : Exception($"The repository is called {fullName} now.")
{
    /// <summary>Gets the present name, <c>owner/name</c>.</summary>
    public string FullName { get; } = fullName;
}
