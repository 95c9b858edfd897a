using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Sync;

/// <summary>Reads a time. An empty cell of a table means no time.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MomentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            null or "" => null,
            DateTimeOffset moment => moment,
            DateTime time => new DateTimeOffset(time),
            _ => DateTimeOffset.TryParse(
                Convert.ToString(value, CultureInfo.InvariantCulture),
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeLocal,
                out var moment
            )
                ? moment
                : throw new ArgumentTransformationMetadataException(
                    "Write a date or a time, for example 2026-03-01 or 2026-03-01T12:00:00Z."
                ),
        };
    }
}
