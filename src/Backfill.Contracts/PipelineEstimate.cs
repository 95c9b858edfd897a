using System.Globalization;

namespace Backfill;

/// <summary>What the planned stages of a pipeline would cost together.</summary>
/// <param name="Requests">HTTP requests to GitHub.</param>
/// <param name="Points">GraphQL points.</param>
/// <param name="Tokens">Tokens for the embedding provider.</param>
/// <param name="Cost">US dollars; null when no stage has a price.</param>
/// <param name="Minutes">Minutes of the stages whose time is known.</param>
public sealed record PipelineEstimate(long Requests, long Points, long Tokens, decimal? Cost, double Minutes)
{
    /// <summary>Gets the cost of stages that need no requests and no tokens.</summary>
    public static PipelineEstimate Nothing { get; } = new(0, 0, 0, null, 0);

    /// <summary>Returns the cost of a planned sync.</summary>
    /// <param name="estimate">The estimate of the sync.</param>
    public static PipelineEstimate Of(SyncEstimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return new PipelineEstimate(estimate.Requests, estimate.Points, 0, null, estimate.Minutes);
    }

    /// <summary>Returns the cost of a planned embedding backfill.</summary>
    /// <param name="estimate">The estimate of the backfill.</param>
    public static PipelineEstimate Of(EmbeddingEstimate estimate)
    {
        ArgumentNullException.ThrowIfNull(estimate);
        return new PipelineEstimate(0, 0, estimate.Tokens, estimate.Cost, estimate.Minutes ?? 0);
    }

    /// <summary>Returns the sum of two costs.</summary>
    /// <param name="other">The other cost; null adds nothing.</param>
    public PipelineEstimate Plus(PipelineEstimate? other) =>
        other is null
            ? this
            : new PipelineEstimate(
                Requests + other.Requests,
                Points + other.Points,
                Tokens + other.Tokens,
                Cost is null && other.Cost is null ? null : (Cost ?? 0) + (other.Cost ?? 0),
                Minutes + other.Minutes
            );

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(Requests, "request")}, {Count(Points, "point")}, {Count(Tokens, "token")}, {(Cost is { } cost ? $"${cost.ToString("0.####", CultureInfo.InvariantCulture)}" : "no cost")}, {Time(Minutes)}"
        );

    /// <summary>Returns a number with its noun, in the plural unless the number is 1.</summary>
    /// <param name="number">The number.</param>
    /// <param name="noun">The noun in the singular.</param>
    public static string Count(long number, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{number} {noun}{(number == 1 ? "" : "s")}");

    /// <summary>Returns a time in seconds below two minutes, otherwise in minutes.</summary>
    /// <param name="minutes">The time in minutes.</param>
    public static string Time(double minutes) =>
        minutes < 2
            ? string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(minutes * 60):0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{minutes:0.#} min");
}
