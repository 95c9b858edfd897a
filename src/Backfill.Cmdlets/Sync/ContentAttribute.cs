using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Sync;

/// <summary>Reads what a sync copies. An empty cell of a table means everything. None is refused, because such a sync would copy nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ContentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is null or "")
        {
            return SyncContent.All;
        }

        return
            LanguagePrimitives.TryConvertTo<SyncContent>(inputData, CultureInfo.InvariantCulture, out var content)
            && content != SyncContent.None
            && (content & ~SyncContent.All) == SyncContent.None
            ? content
            : throw new ArgumentTransformationMetadataException(
                $"Write one or several of {string.Join(", ", Enum.GetNames<SyncContent>().Where(name => name != nameof(SyncContent.None)))}."
            );
    }
}
