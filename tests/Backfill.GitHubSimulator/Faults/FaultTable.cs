namespace Backfill.Simulation.Faults;

/// <summary>
/// All faults, by theme in the files beside this one; a new one is a new entry there. Forms as seen in public threads
/// and in GitHub's documentation; where nobody published one, the entry says so.
/// </summary>
public static class FaultTable
{
    private static readonly Dictionary<string, Fault> Table = new[]
    {
        LimitFaults.All,
        BudgetFaults.All,
        ServerFaults.All,
        HeavyFaults.All,
        PartialFaults.All,
        PermissionFaults.All,
        PagingFaults.All,
        MovingFaults.All,
        IdentityFaults.All,
        StreamFaults.All,
        TextFaults.All,
    }
        .SelectMany(faults => faults)
        .ToDictionary(fault => fault.Name, StringComparer.Ordinal);

    public static IReadOnlyCollection<string> Names => Table.Keys;

    /// <summary>Name and description of each.</summary>
    public static IEnumerable<(string Name, string Description)> Descriptions =>
        Table.Values.Select(fault => (fault.Name, fault.Description));

    internal static Fault Find(string name) =>
        Table.GetValueOrDefault(name)
        ?? throw new ArgumentException($"No fault '{name}'. There are: {string.Join(", ", Names)}.", nameof(name));
}
