using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Reads <c>1y</c> as a year. PowerShell reads 1y without quotation marks as the number 1 of type sbyte, and does not keep the
/// text in a list. It reads 30d as the decimal number 30, which means the same range.
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
