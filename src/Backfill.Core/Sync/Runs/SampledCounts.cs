namespace Backfill.Core.Sync.Runs;

/// <summary>Estimates how often the parents of one kind have more children than a page holds.</summary>
/// <param name="sample">The numbers of children of some parents.</param>
/// <param name="parents">The number of parents in the repository.</param>
/// <param name="highest">The highest numbers of children of all parents, in descending order; null where they are not known.</param>
/// <param name="lowestKnown">Every parent with more children than this is in <paramref name="highest"/>.</param>
internal sealed class SampledCounts(
    IReadOnlyList<int> sample,
    long parents,
    IReadOnlyList<int>? highest = null,
    int lowestKnown = 0
)
{
    private const int ChildrenPerPage = 20;
    private const int ChildrenPerFetch = 100;
    private const int MostChildren = 5_000;
    private const int FewestToFit = 10;

    // The numbers of children of all parents, where these are known.
    private readonly IReadOnlyList<int>? all =
        sample.Count >= parents ? sample
        : highest is not null && (highest.Count >= parents || lowestKnown == 0) ? highest
        : null;

    /// <summary>Returns how many fetches each round of fetches needs: a parent with 250 children is in the first three rounds.</summary>
    public IReadOnlyList<double> Rounds()
    {
        var rounds = new List<double>();
        var fit = Fit();
        for (var more = ChildrenPerPage; more < MostChildren; more += ChildrenPerFetch)
        {
            var expected =
                all is not null ? all.Count(count => count > more)
                : highest is not null && more >= lowestKnown ? highest.Count(count => count > more)
                : Above(more, fit);
            if (expected <= 0.01)
            {
                break;
            }

            rounds.Add(expected);
        }

        return rounds;
    }

    // Few parents have many children, and a sample has too few of these to count them. So the numbers are assumed to be
    // lognormal. Where it is known how many parents have the highest numbers, the distribution is fitted to have as many.
    private (double Share, double Mean, double Deviation) Fit()
    {
        var logs = sample.Where(count => count > 0).Select(count => Math.Log(count)).ToArray();
        if (logs.Length < 2)
        {
            return (0, 0, 0);
        }

        var mean = logs.Average();
        var deviation = Math.Sqrt(logs.Sum(log => (log - mean) * (log - mean)) / (logs.Length - 1));
        var share = logs.Length / (double)sample.Count;
        var known = highest?.Count(count => count > lowestKnown) ?? 0;
        return known < FewestToFit ? (share, mean, deviation) : (share, mean, Deviation(share, mean, known));
    }

    private double Deviation(double share, double mean, int known)
    {
        var (low, high) = (0.0, 5.0);
        for (var step = 0; step < 40; step++)
        {
            var middle = (low + high) / 2;
            (low, high) = Above(lowestKnown, (share, mean, middle)) < known ? (middle, high) : (low, middle);
        }

        return high;
    }

    // Returns the number of parents with more children than a number. The logistic curve differs from the normal one by at most 0.01.
    private double Above(int children, (double Share, double Mean, double Deviation) fit)
    {
        var distance = Math.Log(children + 0.5) - fit.Mean;
        if (fit.Deviation < 1e-9)
        {
            return distance < 0 ? parents * fit.Share : 0;
        }

        var at = distance / fit.Deviation;
        return parents * fit.Share / (1 + Math.Exp((1.5976 * at) + (0.07056 * at * at * at)));
    }
}
