namespace Backfill;

/// <summary>A token, key, password or connection string. Only <see cref="Reveal"/> returns its text.</summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    private const string Mask = "********";

    /// <summary>Returns the secret text.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) =>
        other is not null && string.Equals(value, other.Reveal(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Returns the mask, never the secret.</summary>
    public override string ToString() => Mask;
}
