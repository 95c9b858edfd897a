using System.Runtime.InteropServices;

namespace Backfill.Simulation.Data;

/// <summary>By what a list is ordered.</summary>
public enum SortField
{
    CreatedAt,
    UpdatedAt,
    Comments,
}

/// <summary>
/// A place in an ordered list: the value of the order and, where it is equal, the database id. GitHub's cursors
/// hold the same, so that a place stays valid whatever is added, moved or removed.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SortKey(long Value, long Id) : IComparable<SortKey>
{
    public int CompareTo(SortKey other) => Value != other.Value ? Value.CompareTo(other.Value) : Id.CompareTo(other.Id);

    public static SortKey Of(Entry entry, SortField field) =>
        new(
            field switch
            {
                SortField.UpdatedAt => entry.UpdatedAt.ToUnixTimeSeconds(),
                SortField.Comments => entry is IssueLike issue ? issue.Comments.Count : 0,
                _ => entry.CreatedAt.ToUnixTimeSeconds(),
            },
            entry.DatabaseId
        );
}

/// <summary>All entries of one kind of a repository, with the orders that have been asked for.</summary>
public sealed class Lane<T>
    where T : Entry
{
    private readonly List<T> entries = [];
    private readonly Dictionary<SortField, T[]> orders = [];

    public int Count => entries.Count;

    public IReadOnlyList<T> All => entries;

    /// <summary>Ascending.</summary>
    public IReadOnlyList<T> By(SortField field)
    {
        if (!orders.TryGetValue(field, out var sorted))
        {
            var keys = entries.ConvertAll(entry => SortKey.Of(entry, field)).ToArray();
            sorted = [.. entries];
            Array.Sort(keys, sorted);
            orders[field] = sorted;
        }

        return sorted;
    }

    public void Add(T entry)
    {
        entries.Add(entry);
        orders.Clear();
    }

    public void Remove(T entry)
    {
        entries.Remove(entry);
        orders.Clear();
    }

    /// <summary>Something that an order depends on changed.</summary>
    public void Moved() => orders.Clear();
}
