namespace Backfill.Core.Postgres;

/// <summary>Makes the error of a name that belongs to another repository now.</summary>
internal static class RepositoryIdentity
{
    public static BackfillException Changed(string name, long stored, long? found) =>
        new(
            ErrorIds.RepositoryIdentityChanged,
            ErrorKind.Conflict,
            FormattableString.Invariant(
                $"{name} is stored as GitHub's repository {stored}, but the name belongs to {(found is { } id ? $"repository {id}" : "another one")} now."
            ),
            "The stored repository was renamed, transferred or deleted, and another one took its name. Sync the stored repository by its new name. To track the other one too, rename the stored row first.",
            name
        );
}
