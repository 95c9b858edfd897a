using System.Management.Automation;
using System.Reflection;
using Backfill.Cmdlets.Pipeline;

namespace Backfill.Cmdlets.Tests.Support;

/// <summary>The module's cmdlets as reflection sees them.</summary>
internal static class CmdletTypes
{
    public static readonly IReadOnlyList<Type> All =
    [
        .. typeof(BackfillCommand)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Cmdlet)) && !type.IsAbstract),
    ];

    public static (string Verb, string Noun) VerbAndNoun(Type cmdlet)
    {
        var attribute = cmdlet.GetCustomAttribute<CmdletAttribute>()!;
        return (attribute.VerbName, attribute.NounName);
    }

    public static string Name(Type cmdlet) => string.Join('-', VerbAndNoun(cmdlet).Verb, VerbAndNoun(cmdlet).Noun);

    public static bool SupportsShouldProcess(Type cmdlet) =>
        cmdlet.GetCustomAttribute<CmdletAttribute>()!.SupportsShouldProcess;

    /// <summary>The full names of the types that it writes.</summary>
    public static IEnumerable<string> Outputs(Type cmdlet) =>
        cmdlet.GetCustomAttributes<OutputTypeAttribute>().SelectMany(one => one.Type).Select(type => type.Name);

    /// <summary>Its parameter sets, the default one first; one set where none has a name.</summary>
    public static IEnumerable<string> Sets(Type cmdlet)
    {
        var usual = cmdlet.GetCustomAttribute<CmdletAttribute>()!.DefaultParameterSetName;
        var named = CmdletParameter.Of(cmdlet).SelectMany(parameter => parameter.NamedSets).Distinct();
        return named.OrderBy(set => set != usual).DefaultIfEmpty(ParameterAttribute.AllParameterSets);
    }
}

/// <summary>One parameter of a cmdlet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Property">Its property; null for those that ShouldProcess adds.</param>
/// <param name="Default">What it is when it is not given.</param>
internal sealed record CmdletParameter(string Name, PropertyInfo? Property, string Default)
{
    public static IReadOnlyList<CmdletParameter> Of(Type cmdlet)
    {
        var instance = Activator.CreateInstance(cmdlet);
        var own = cmdlet
            .GetProperties()
            .Where(property => property.IsDefined(typeof(ParameterAttribute)))
            .Select(property => new CmdletParameter(property.Name, property, Shown(property.GetValue(instance))))
            .OrderBy(parameter => parameter.Name, StringComparer.Ordinal);
        return
        [
            .. own,
            .. CmdletTypes.SupportsShouldProcess(cmdlet)
                ? new[] { new CmdletParameter("Confirm", null, "False"), new CmdletParameter("WhatIf", null, "False") }
                : [],
        ];
    }

    public IReadOnlyList<string> Aliases =>
        Property is null
            ? [Name == "WhatIf" ? "wi" : "cf"]
            : Property.GetCustomAttribute<AliasAttribute>()?.AliasNames.ToArray() ?? [];

    public bool IsSwitch => Property is null || Property.PropertyType == typeof(SwitchParameter);

    public bool TakesWildcards => Property?.IsDefined(typeof(SupportsWildcardsAttribute)) == true;

    /// <summary>Whether PowerShell knows values for it, so that it does not complete the names of files.</summary>
    public bool IsCompleted
    {
        get
        {
            var type = Property!.PropertyType;
            var item = type.GetElementType() ?? Nullable.GetUnderlyingType(type) ?? type;
            return item.IsEnum
                || Property.GetCustomAttributes().Any(one => one is ValidateSetAttribute or ArgumentCompleterAttribute);
        }
    }

    public string TypeName
    {
        get
        {
            var type = Property?.PropertyType ?? typeof(SwitchParameter);
            return (Nullable.GetUnderlyingType(type) ?? type).Name;
        }
    }

    public IReadOnlyList<string> Values =>
        Property?.GetCustomAttribute<ValidateSetAttribute>()?.ValidValues.ToArray()
        ?? (TypeName == "RunState[]" ? Enum.GetNames<RunState>() : []);

    public IEnumerable<string> NamedSets =>
        Attributes.Select(one => one.ParameterSetName).Where(set => set != ParameterAttribute.AllParameterSets);

    public string PipelineInput =>
        (
            Attributes.Any(one => one.ValueFromPipeline),
            Attributes.Any(one => one.ValueFromPipelineByPropertyName)
        ) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };

    private IEnumerable<ParameterAttribute> Attributes => Property?.GetCustomAttributes<ParameterAttribute>() ?? [];

    public bool IsIn(string set) => !NamedSets.Any() || NamedSets.Contains(set);

    public bool IsMandatory(string? set) => In(set).Any(one => one.Mandatory);

    public int? Position(string? set) =>
        In(set).Where(one => one.Position >= 0).Select(one => (int?)one.Position).FirstOrDefault();

    private IEnumerable<ParameterAttribute> In(string? set) =>
        Attributes.Where(one =>
            set is null || one.ParameterSetName == set || one.ParameterSetName == ParameterAttribute.AllParameterSets
        );

    private static string Shown(object? value) =>
        value switch
        {
            null or "" => "None",
            Array array => array.Length == 0 ? "None" : string.Join(", ", array.Cast<object>()),
            SwitchParameter => "False",
            _ => FormattableString.Invariant($"{value}"),
        };
}
