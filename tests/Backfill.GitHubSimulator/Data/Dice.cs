namespace Backfill.Simulation.Data;

/// <summary>
/// SplitMix64: the same numbers from the same seed on every platform and runtime version, which the framework's own
/// generator does not promise.
/// </summary>
public struct Dice(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to, but not, 1.</summary>
    public double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 up to, but not, the limit.</summary>
    public int Below(int limit) => (int)(Share() * limit);

    public bool Chance(double probability) => Share() < probability;

    public T Pick<T>(IReadOnlyList<T> from) => from[Below(from.Count)];

    /// <summary>A whole number with a mean, most often small.</summary>
    public int Geometric(double mean) => mean <= 0 ? 0 : (int)(Math.Log(1 - Share()) / Math.Log(mean / (1 + mean)));
}
