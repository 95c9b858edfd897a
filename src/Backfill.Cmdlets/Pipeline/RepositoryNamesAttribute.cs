using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Backfill.Cmdlets.Pipeline;

/// <summary>
/// Reads the repositories that an object names. The object is a text, an address, or an object of an earlier stage or of another
/// tool. PowerShell itself would turn an object without a fitting property into the text <c>@{...}</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RepositoryNamesAttribute : ArgumentTransformationAttribute
{
    /// <summary>The properties that an object needs, for messages.</summary>
    internal const string Wanted = "Repository, FullName, nameWithOwner or full_name, or both Owner and Name";

    private const string NamelessStart = "(a ";
    private const string NamelessEnd = " without a repository)";

    // Objects of this module have Repositories or FullName, objects of gh have nameWithOwner, and objects of the REST API and rows
    // of this tool's tables have full_name.
    private static readonly string[] Properties =
    [
        "Repository",
        "FullName",
        "Repositories",
        "nameWithOwner",
        "full_name",
    ];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is null ? null : Names(inputData).ToArray();

    /// <summary>Returns the error about a text that PowerShell made of an object without a name, or null.</summary>
    internal static BackfillException? ErrorOf(string text) =>
        text.StartsWith(NamelessStart, StringComparison.Ordinal) && text.EndsWith(NamelessEnd, StringComparison.Ordinal)
            ? new BackfillException(
                ErrorIds.RepositoryNameMalformed,
                ErrorKind.Input,
                $"An object names no repository: it is {text[1..^1]}.",
                $"Give the object the property {Wanted}.",
                text
            )
            : null;

    private static IEnumerable<string> Names(object item)
    {
        var value = item is PSObject wrapped ? wrapped.BaseObject : item;
        return value switch
        {
            string text => [text],
            Uri address => [address.OriginalString],
            IDictionary table => OfProperties(value, name => table.Contains(name) ? table[name] : null),
            IEnumerable several => several.Cast<object?>().Where(one => one is not null).SelectMany(one => Names(one!)),
            IConvertible => [Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""],
            _ => OfProperties(value, name => PSObject.AsPSObject(item).Properties[name]?.Value),
        };
    }

    private static IEnumerable<string> OfProperties(object value, Func<string, object?> property)
    {
        foreach (var name in Properties)
        {
            // An empty list means no repositories. An empty cell of a table means that the property is not given.
            if (property(name) is { } named && named is not "")
            {
                return Names(named);
            }
        }

        return Owner(property("Owner")) is { } owner && property("Name")?.ToString() is { Length: > 0 } ofOwner
            ? [$"{owner}/{ofOwner}"]
            : [$"{NamelessStart}{value.GetType().Name}{NamelessEnd}"];
    }

    // In a table the owner is a text. In the responses of gh and of the REST API it is an object with a login.
    private static string? Owner(object? owner) =>
        owner is PSObject { BaseObject: not string } account ? account.Properties["login"]?.Value?.ToString()
        : owner?.ToString() is { Length: > 0 } text ? text
        : null;
}
