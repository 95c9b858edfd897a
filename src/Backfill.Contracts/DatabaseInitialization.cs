namespace Backfill;

/// <summary>The result of <c>Initialize-BackfillDatabase</c>.</summary>
public sealed record DatabaseInitialization
{
    /// <summary>Gets the host, port and name of the database, without a password.</summary>
    public required string Database { get; init; }

    /// <summary>Gets the version of the server, for example <c>15.18</c>.</summary>
    public required string ServerVersion { get; init; }

    /// <summary>Gets the state: <see cref="RunState.Completed"/>, or <see cref="RunState.Planned"/> in a dry run.</summary>
    public RunState State { get; init; }

    /// <summary>Gets the migrations that were applied, or in a dry run would be, in their order.</summary>
    public IReadOnlyList<string> Applied
    {
        get;
        init => field = Held.Of(value);
    } = [];

    /// <summary>Gets whether the content tables belong to another application and were not changed.</summary>
    public bool ForeignContent { get; init; }

    /// <summary>Gets the type of the embedding columns, for example <c>vector(384)</c>, <c>halfvec(384)</c> or <c>real[]</c>.</summary>
    public string? EmbeddingType { get; init; }

    /// <summary>Gets the statements that a dry run would execute.</summary>
    public string? Ddl { get; init; }
}
