namespace Backfill.Core.Sync.Reading;

/// <summary>GitHub has the repository under another name than the one that the run asks and stores by.</summary>
/// <param name="fullName"><c>owner/name</c> now.</param>
internal sealed class RepositoryMovedException(string fullName) : Exception($"The repository is called {fullName} now.")
{
    /// <summary><c>owner/name</c> now.</summary>
    public string FullName { get; } = fullName;
}
