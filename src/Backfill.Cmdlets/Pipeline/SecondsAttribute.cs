using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>Reads a duration from a number of seconds or a TimeSpan. PowerShell itself would read a number as ticks of 100 nanoseconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    // A timer cannot count a longer time.
    private static readonly TimeSpan Most = TimeSpan.FromDays(24);

    /// <summary>Gets the shortest accepted duration in seconds.</summary>
    public double MinimumSeconds { get; init; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null)
        {
            return null;
        }

        var duration = Read(value);
        return duration >= TimeSpan.FromSeconds(MinimumSeconds) && duration <= Most
            ? duration
            : throw new ArgumentTransformationMetadataException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Write seconds (90) or hours, minutes and seconds (00:01:30), from {MinimumSeconds} seconds to {Most.Days} days."
                )
            );
    }

    private static TimeSpan? Read(object value)
    {
        if (value is TimeSpan duration)
        {
            return duration;
        }

        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return Math.Abs(seconds) <= Most.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
        }

        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
    }
}
