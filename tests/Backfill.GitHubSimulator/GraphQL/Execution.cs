namespace Backfill.Simulation.GraphQL;

/// <summary>What a query is charged, for the field <c>rateLimit</c>.</summary>
internal sealed record GraphQLCharge(QueryCost Cost, Server.RateBudget Budget)
{
    public const string Key = "charge";
}

/// <summary>What faults change about the making of a good answer, and what the answer turned out to hold.</summary>
internal sealed class Execution
{
    public const string Key = "execution";

    /// <summary>Cursors that are refused though they are good; null refuses none.</summary>
    public Func<string, bool>? RefusesCursor { get; set; }

    /// <summary>REST answers in full, whatever entity tag the client knows.</summary>
    public bool IgnoresEntityTags { get; set; }

    /// <summary>Whose token it is.</summary>
    public required Data.Account Viewer { get; init; }

    /// <summary>Whether the query asks for a list inside of a list.</summary>
    public bool IsNested { get; set; }

    /// <summary>Numbers of the items whose fields were asked for.</summary>
    public HashSet<int> Items { get; } = [];

    /// <summary>Numbers of the items of which children were asked for, more than their number.</summary>
    public HashSet<int> Parents { get; } = [];

    /// <summary>Entries of all the pages of all the connections.</summary>
    public int Nodes { get; set; }

    public static Execution Of(global::GraphQL.IResolveFieldContext context) => (Execution)context.UserContext[Key]!;
}
