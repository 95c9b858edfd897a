namespace Backfill;

internal static class Held
{
    /// <summary>
    /// Returns a list as an array, because the method <c>ForEach</c> of a <see cref="List{T}"/> hides PowerShell's own, which
    /// returns results.
    /// </summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> list) => list as T[] ?? list.ToArray();
}
