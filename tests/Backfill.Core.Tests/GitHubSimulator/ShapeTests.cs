using Backfill.Simulation.Data;

namespace Backfill.Core.Tests.Simulation;

public sealed class ShapeTests
{
    private static readonly DateTimeOffset Until = new(2026, 7, 6, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void The_real_shape_has_exactly_its_counts(int seed)
    {
        var shape = RepositoryShape.Real;
        var repository = Generate(shape, seed);
        Assert.Equal(
            shape,
            new RepositoryShape(
                repository.PullRequests.Count,
                repository.Issues.Count,
                repository.Discussions.Count,
                repository.Reviews.Count,
                repository.ReviewComments.Count,
                repository.ReviewComments.All.Count(comment => comment.Review is null),
                repository.IssueComments.All.Count(comment => comment.Parent is PullRequest),
                repository.IssueComments.All.Count(comment => comment.Parent is Issue),
                repository.DiscussionComments.Count,
                repository.Entries.Select(entry => entry.Author).OfType<Account>().Distinct().Count(),
                repository.PullRequests.All.Max(item => item.Reviews.Count),
                repository.PullRequests.All.Max(item => item.Comments.Count)
            )
        );
        Assert.True(repository.Issues.All.Max(item => item.Comments.Count) <= shape.MostComments);
        Assert.Contains(repository.DiscussionComments.All, comment => comment.ReplyTo is not null);
    }

    [Fact]
    public void Most_items_have_few_children_and_a_few_have_very_many()
    {
        var reviews = Generate(RepositoryShape.Real, 1)
            .PullRequests.All.Select(item => item.Reviews.Count)
            .Order()
            .ToList();
        Assert.True(reviews[reviews.Count / 2] < 5_753 / 1_308);
        Assert.InRange(reviews.Count(count => count > 20), 20, 120);
    }

    [Fact]
    public void The_same_seed_makes_the_same_rows()
    {
        IEnumerable<string> Rows(int seed) =>
            Generate(RepositoryShape.Real, seed)
                .Entries.Select(entry => $"{entry.NodeId} {entry.Author?.Login} {entry.UpdatedAt:O}");
        Assert.Equal(Rows(5), Rows(5));
        Assert.NotEqual(Rows(5), Rows(6));
    }

    [Fact]
    public void A_shape_that_does_not_add_up_is_refused() =>
        Assert.Throws<ArgumentException>(() => Generate(RepositoryShape.Real with { MostReviews = 2 }, 1));

    private static SimulatedRepository Generate(RepositoryShape shape, int seed) =>
        RepositoryGenerator.Add(
            new World(),
            new GeneratorSettings("octo/hello", shape.PullRequests, shape.Issues, shape.Discussions, seed, Until, shape)
        );
}
