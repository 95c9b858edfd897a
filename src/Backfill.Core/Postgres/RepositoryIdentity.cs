namespace Backfill.Core.Postgres;

/// <summary>The error of a name that belongs to another repository now.</summary>
internal static class RepositoryIdentity
{
    public static BackfillException Changed(string name, long stored, long? found) =>
        new(
            ErrorIds.RepositoryIdentityChanged,
            ErrorKind.Conflict,
            FormattableString.Invariant(
                $"{name} is stored as GitHub's repository {stored}, but the name belongs to {(found is { } id ? $"repository {id}" : "another one")} now."
            ),
            "The stored one was renamed, transferred or deleted and its name taken over. Sync it by its new name; to track the new one beside it, rename the stored row first.",
            name
        );
}
