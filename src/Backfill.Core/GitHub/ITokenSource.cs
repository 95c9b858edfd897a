namespace Backfill.Core.GitHub;

/// <summary>Where a gate's token comes from.</summary>
internal interface ITokenSource : IDisposable
{
    /// <summary>The token to send now; null sends none.</summary>
    /// <param name="now">GitHub's time.</param>
    /// <exception cref="BackfillException">There is none to be had.</exception>
    ValueTask<Secret?> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>GitHub refused the token.</summary>
    void Refused();
}

/// <summary>A token that was given and lasts as long as it lasts.</summary>
internal sealed class GivenToken(Secret? token) : ITokenSource
{
    /// <inheritdoc/>
    public ValueTask<Secret?> ReadAsync(DateTimeOffset now, CancellationToken cancellationToken) => new(token);

    /// <inheritdoc/>
    public void Refused()
    {
        // There is no other to be had from here.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
