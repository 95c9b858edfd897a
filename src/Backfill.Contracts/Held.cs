namespace Backfill;

internal static class Held
{
    /// <summary>
    /// A list as a script holds it: an array, since the <c>ForEach</c> of a <see cref="List{T}"/> hides PowerShell's own, which
    /// gives results.
    /// </summary>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> list) => list as T[] ?? list.ToArray();
}
