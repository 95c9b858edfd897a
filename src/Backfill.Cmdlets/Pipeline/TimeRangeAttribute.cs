using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Keeps <c>1y</c> a year. PowerShell reads a bare 1y as the number 1 of type sbyte, and forgets in a list how it was
/// written; a bare 30d is the decimal 30, which means the same as a range.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeRangeAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list ? list.Cast<object?>().Select(One).ToArray() : One(value);
    }

    private static string? One(object? value) =>
        (value is PSObject wrapped ? wrapped.BaseObject : value) switch
        {
            sbyte years => string.Create(CultureInfo.InvariantCulture, $"{years}y"),
            var other => Convert.ToString(other, CultureInfo.InvariantCulture),
        };
}
