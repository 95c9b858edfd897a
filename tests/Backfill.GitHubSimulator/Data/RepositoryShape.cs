namespace Backfill.Simulation.Data;

/// <summary>Exact counts of a generated repository.</summary>
/// <param name="ReviewComments">All of them, within reviews and outside.</param>
/// <param name="ReviewCommentsOutside">Those of <paramref name="ReviewComments"/> that belong to no review.</param>
/// <param name="DiscussionComments">Those at the top and their replies.</param>
/// <param name="People">Different authors, programs among them; deleted accounts are not.</param>
/// <param name="MostReviews">Reviews of the pull request that has the most.</param>
/// <param name="MostComments">Comments of the pull request that has the most; no issue has more.</param>
public sealed record RepositoryShape(
    int PullRequests,
    int Issues,
    int Discussions,
    int Reviews,
    int ReviewComments,
    int ReviewCommentsOutside,
    int PullRequestComments,
    int IssueComments,
    int DiscussionComments,
    int People,
    int MostReviews,
    int MostComments
)
{
    /// <summary>A real repository of 23,484 rows, as counted: the size at which other tools were measured.</summary>
    public static RepositoryShape Real { get; } =
        new(
            PullRequests: 1_308,
            Issues: 488,
            Discussions: 29,
            Reviews: 5_753,
            ReviewComments: 6_018,
            ReviewCommentsOutside: 247,
            PullRequestComments: 7_204,
            IssueComments: 2_033,
            DiscussionComments: 135,
            People: 516,
            MostReviews: 337,
            MostComments: 159
        );

    /// <summary>The shape of a name, for the command line.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public static RepositoryShape Parse(string name) =>
        name == "real" ? Real : throw new FormatException($"No shape '{name}'. There is: real.");
}

/// <summary>How the children of a shape fall to their parents, each list in the order of the parents.</summary>
internal sealed class ShapedCounts
{
    // Of a lognormal distribution: four of a hundred pull requests have more than four times the mean.
    private const double Tail = 1.5;
    private const int MostCommentsOfAReview = 60;

    private readonly Queue<int> reviewComments;

    public ShapedCounts(RepositoryShape shape, ref Dice dice)
    {
        Reviews = Split(ref dice, shape.Reviews, shape.PullRequests, shape.MostReviews);
        PullRequestComments = Split(ref dice, shape.PullRequestComments, shape.PullRequests, shape.MostComments);
        Outside = Split(ref dice, shape.ReviewCommentsOutside, shape.PullRequests, shape.MostComments);
        IssueComments = Split(
            ref dice,
            shape.IssueComments,
            shape.Issues,
            Math.Min(shape.MostComments, shape.IssueComments)
        );
        DiscussionComments = Split(ref dice, shape.DiscussionComments, shape.Discussions, shape.DiscussionComments);
        reviewComments = new Queue<int>(
            Split(
                ref dice,
                shape.ReviewComments - shape.ReviewCommentsOutside,
                shape.Reviews,
                Math.Min(MostCommentsOfAReview, shape.ReviewComments)
            )
        );
    }

    public int[] Reviews { get; }

    public int[] PullRequestComments { get; }

    public int[] IssueComments { get; }

    public int[] DiscussionComments { get; }

    /// <summary>Review comments outside of any review, by pull request.</summary>
    public int[] Outside { get; }

    /// <summary>Of the next review.</summary>
    public int NextReviewComments() => reviewComments.Dequeue();

    /// <summary>Parts of a total for so many places: one has the most, most have few, none has more.</summary>
    internal static int[] Split(ref Dice dice, int total, int places, int most)
    {
        var parts = new int[places];
        if (total == 0)
        {
            return parts;
        }

        if (places == 0 || most > total || (long)most * places < total)
        {
            throw new ArgumentException($"{total} do not fall to {places} places with {most} at most.", nameof(total));
        }

        var top = dice.Below(places);
        var weights = new double[places];
        for (var at = 0; at < places; at++)
        {
            weights[at] = at == top ? 0 : Math.Exp(Tail * Normal(ref dice));
        }

        var (share, left) = ((total - most) / Math.Max(double.Epsilon, weights.Sum()), total);
        for (var at = 0; at < places; at++)
        {
            parts[at] = at == top ? most : (int)Math.Min(most, weights[at] * share);
            left -= parts[at];
        }

        while (left > 0)
        {
            var at = dice.Below(places);
            if (parts[at] < most)
            {
                parts[at]++;
                left--;
            }
        }

        return parts;
    }

    private static double Normal(ref Dice dice) =>
        Math.Sqrt(-2 * Math.Log(1 - dice.Share())) * Math.Cos(2 * Math.PI * dice.Share());
}
