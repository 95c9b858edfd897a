namespace Backfill;

/// <summary>A token, key, password or connection string. Its text appears only where <see cref="Reveal"/> is called.</summary>
public sealed class Secret(string value) : IEquatable<Secret>
{
    private const string Mask = "********";

    /// <summary>The secret itself, for the one call that needs it.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) =>
        other is not null && string.Equals(value, other.Reveal(), StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <summary>Always the mask.</summary>
    public override string ToString() => Mask;
}
