namespace Backfill;

/// <summary>What <c>Initialize-BackfillDatabase</c> created or found.</summary>
public sealed record DatabaseInitialization
{
    /// <summary>Host, port and database name; never a password.</summary>
    public required string Database { get; init; }

    /// <summary>The server's version, for example <c>15.18</c>.</summary>
    public required string ServerVersion { get; init; }

    /// <summary><see cref="RunState.Completed"/>, or <see cref="RunState.Planned"/> in a dry run.</summary>
    public RunState State { get; init; }

    /// <summary>Migrations that were applied, or would be, in their order.</summary>
    public IReadOnlyList<string> Applied
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>True when the content tables are another application's and were left as they are.</summary>
    public bool ForeignContent { get; init; }

    /// <summary>The type of the embedding columns: <c>vector(384)</c>, <c>halfvec(384)</c> or <c>real[]</c>.</summary>
    public string? EmbeddingType { get; init; }

    /// <summary>In a dry run: the statements that would be executed.</summary>
    public string? Ddl { get; init; }
}
