using System.Management.Automation;
using System.Reflection;
using Backfill.Cmdlets.Pipeline;
using Backfill.Cmdlets.Tests.Support;

namespace Backfill.Cmdlets.Tests;

public sealed class ConventionTests : IDisposable
{
    // They only look, or change nothing but the session.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "Connect-Backfill",
        "Disconnect-Backfill",
        "Find-SimilarItem",
        "Get-BackfillContext",
        "Get-BackfillRateLimit",
        "Get-BackfillRepository",
        "Get-RepoSync",
        "Measure-Backfill",
        "Wait-RepoSync",
    };

    private readonly Shell shell = new();

    public static TheoryData<Type> Cmdlets => [.. CmdletTypes.All];

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void A_cmdlet_is_a_sealed_class_in_a_file_of_its_name(Type cmdlet)
    {
        var (verb, noun) = CmdletTypes.VerbAndNoun(cmdlet);
        Assert.Equal($"{verb}{noun}Command", cmdlet.Name);
        Assert.True(cmdlet.IsSealed);
        Assert.True(cmdlet.IsSubclassOf(typeof(BackfillCommand)));
        var folder = cmdlet.Namespace!.Split('.')[^1];
        var file = Path.Combine(Checkout.Root, "src/Backfill.Cmdlets", folder, $"{cmdlet.Name}.cs");
        Assert.InRange(File.ReadAllLines(file).Length, 1, 300);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_verb_is_approved(Type cmdlet)
    {
        var approved = typeof(VerbsCommon)
            .Assembly.GetExportedTypes()
            .Where(type => type.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(type => type.GetFields())
            .Select(field => field.GetRawConstantValue());
        Assert.Contains(CmdletTypes.VerbAndNoun(cmdlet).Verb, approved);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_declares_its_output_types(Type cmdlet) => Assert.NotEmpty(CmdletTypes.Outputs(cmdlet));

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void Every_cmdlet_has_WhatIf_and_Confirm_unless_it_is_harmless(Type cmdlet) =>
        Assert.Equal(!Harmless.Contains(CmdletTypes.Name(cmdlet)), CmdletTypes.SupportsShouldProcess(cmdlet));

    [Fact]
    public void The_manifest_exports_every_cmdlet_and_nothing_else()
    {
        var manifest = ScriptBlock.Create(File.ReadAllText(Path.Combine(Checkout.Root, "Backfill.psd1")));
        var exported = shell.Run("(& $manifest).CmdletsToExport", ("manifest", manifest)).Objects.Cast<string>();

        Assert.Equal(CmdletTypes.All.Select(CmdletTypes.Name).Order(StringComparer.Ordinal), exported);
    }

    [Fact]
    public void No_type_of_a_package_is_in_a_public_signature()
    {
        var allowed = new HashSet<Assembly> { typeof(BackfillCommand).Assembly, typeof(RepoSync).Assembly };
        var members = typeof(BackfillCommand)
            .Assembly.GetExportedTypes()
            .Concat(typeof(RepoSync).Assembly.GetExportedTypes())
            .SelectMany(type =>
                type.GetMembers(
                    BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
                )
            );
        foreach (var (member, type) in members.SelectMany(member => Types(member).Select(type => (member, type))))
        {
            var home = type.Assembly;
            Assert.True(
                allowed.Contains(home)
                    || home == typeof(Cmdlet).Assembly
                    || home.GetName().Name!.StartsWith("System.", StringComparison.Ordinal),
                $"{member.DeclaringType}.{member.Name} shows {type} of {home.GetName().Name}"
            );
        }
    }

    [Fact]
    public void Every_error_id_is_documented_once_and_no_other()
    {
        var ids = typeof(ErrorIds).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        var documented = File.ReadAllLines(Path.Combine(Checkout.Root, "docs/errors.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToArray();

        Assert.Equal(
            ids.Order(StringComparer.Ordinal),
            documented.Select(row => row[1].Trim('`')).Order(StringComparer.Ordinal)
        );
        Assert.All(documented, row => Assert.True(row.Length == 5 && row[2].Length > 0 && row[3].Length > 0, row[1]));
    }

    [Fact]
    public void Every_cmdlet_that_reads_names_takes_them_from_the_pipeline()
    {
        var stages = CmdletTypes.All.Where(type => type.GetProperty("Repository") is not null);
        foreach (
            var parameter in stages.Select(type => CmdletParameter.Of(type).Single(one => one.Name == "Repository"))
        )
        {
            Assert.Equal("True (ByValue, ByPropertyName)", parameter.PipelineInput);
            Assert.Equal(["FullName", "Repositories"], parameter.Aliases);
            Assert.Equal("String[]", parameter.TypeName);
        }

        Assert.All(
            CmdletTypes
                .All.SelectMany(CmdletParameter.Of)
                .Where(one => one.Name == "Name" || one.Aliases.Contains("Name")),
            parameter => Assert.Equal("False", parameter.PipelineInput)
        );
    }

    [Fact]
    public void Every_list_in_an_output_object_is_an_array()
    {
        var properties = CmdletTypes
            .All.SelectMany(CmdletTypes.Outputs)
            .Distinct(StringComparer.Ordinal)
            .Select(name => typeof(RepoSync).Assembly.GetType(name))
            .OfType<Type>()
            .SelectMany(type => type.GetProperties())
            .Where(property =>
                property.PropertyType.IsGenericType
                && property.PropertyType.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            )
            .ToArray();

        Assert.Contains(properties, property => property.Name == "Ranges");
        foreach (var property in properties)
        {
            var item = property.PropertyType.GetGenericArguments()[0];
            var holder = System.Runtime.CompilerServices.RuntimeHelpers.GetUninitializedObject(property.DeclaringType!);
            property.SetValue(holder, Activator.CreateInstance(typeof(List<>).MakeGenericType(item)));
            Assert.Equal(item.MakeArrayType(), property.GetValue(holder)!.GetType());
        }
    }

    public void Dispose() => shell.Dispose();

    private static IEnumerable<Type> Types(MemberInfo member) =>
        (
            member switch
            {
                MethodBase method => method
                    .GetParameters()
                    .Select(parameter => parameter.ParameterType)
                    .Append((method as MethodInfo)?.ReturnType ?? typeof(void)),
                PropertyInfo property => [property.PropertyType],
                FieldInfo field => [field.FieldType],
                _ => Array.Empty<Type>(),
            }
        ).SelectMany(type => type.IsGenericType ? type.GetGenericArguments().Append(type) : [type]);
}
