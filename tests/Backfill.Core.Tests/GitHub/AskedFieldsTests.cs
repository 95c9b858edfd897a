using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Backfill.Core.GitHub;
using GraphQLParser;
using GraphQLParser.AST;

namespace Backfill.Core.Tests.GitHub;

/// <summary>Whatever a query asks GitHub for is used: a field that nobody reads costs time at GitHub and on the wire.</summary>
public sealed class AskedFieldsTests
{
    [Fact]
    public void Every_field_that_is_asked_for_is_read()
    {
        var read = ReadNames();
        var unread = Queries()
            .SelectMany(query => Fields(query.Text).Select(field => (query.Name, Field: field)))
            .Where(asked => !read.Contains(asked.Field))
            .Distinct()
            .Select(asked => $"{asked.Name}: {asked.Field}");

        Assert.Equal("", string.Join(", ", unread));
    }

    [Fact]
    public void A_field_that_nobody_reads_is_found() => Assert.DoesNotContain("isMinimized", ReadNames());

    private static IEnumerable<(string Name, string Text)> Queries() =>
        typeof(GraphQLText)
            .Assembly.GetManifestResourceNames()
            .Where(name => name.EndsWith(".graphql", StringComparison.Ordinal))
            .Select(name => (name, GraphQLText.Read(Path.GetFileNameWithoutExtension(name))));

    private static IEnumerable<string> Fields(string text)
    {
        var selections = new Stack<GraphQLSelectionSet>(
            Parser
                .Parse(text)
                .Definitions.Select(definition =>
                    definition switch
                    {
                        GraphQLOperationDefinition operation => operation.SelectionSet,
                        GraphQLFragmentDefinition fragment => fragment.SelectionSet,
                        _ => throw new InvalidOperationException($"{definition.Kind} in a query."),
                    }
                )
        );
        while (selections.TryPop(out var set))
        {
            foreach (var selection in set.Selections)
            {
                if (selection is GraphQLField field && field.Alias?.Name.StringValue != "n0")
                {
                    yield return (field.Alias?.Name ?? field.Name).StringValue;
                }

                if (selection is IHasSelectionSetNode { SelectionSet: { } inner })
                {
                    selections.Push(inner);
                }
            }
        }
    }

    // Names of JSON members that the engine reads: by a property that code outside its own type gets, or by a literal.
    private static HashSet<string> ReadNames()
    {
        using var file = new PEReader(File.OpenRead(typeof(GraphQLText).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var read = new HashSet<string>(StringComparer.Ordinal) { "__typename" };
        foreach (var type in metadata.TypeDefinitions)
        {
            foreach (var handle in metadata.GetTypeDefinition(type).GetMethods())
            {
                var method = metadata.GetMethodDefinition(handle);
                if (method.RelativeVirtualAddress == 0)
                {
                    continue;
                }

                var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
                for (var at = 0; at + 4 < code.Length; at++)
                {
                    var token = BitConverter.ToInt32(code, at + 1);
                    switch ((ILOpCode)code[at])
                    {
                        case ILOpCode.Ldstr when token >> 24 == 0x70:
                            read.Add(Literal(metadata, token));
                            break;
                        case ILOpCode.Call or ILOpCode.Callvirt when token >> 24 is 0x06 or 0x0A:
                            if (Getter(metadata, token, type) is { } property)
                            {
                                read.Add(property);
                            }

                            break;
                    }
                }
            }
        }

        return read;
    }

    private static string Literal(MetadataReader metadata, int token)
    {
        var offset = token & 0xFFFFFF;
        return offset < metadata.GetHeapSize(HeapIndex.UserString)
            ? metadata.GetUserString(MetadataTokens.UserStringHandle(offset))
            : "";
    }

    private static string? Getter(MetadataReader metadata, int token, TypeDefinitionHandle caller)
    {
        var row = token & 0xFFFFFF;
        string name;
        if (token >> 24 == 0x06)
        {
            if (row == 0 || row > metadata.GetTableRowCount(TableIndex.MethodDef))
            {
                return null;
            }

            var method = metadata.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(row));
            if (method.GetDeclaringType() == caller)
            {
                return null;
            }

            name = metadata.GetString(method.Name);
        }
        else
        {
            if (row == 0 || row > metadata.GetTableRowCount(TableIndex.MemberRef))
            {
                return null;
            }

            name = metadata.GetString(metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row)).Name);
        }

        return name.StartsWith("get_", StringComparison.Ordinal) ? char.ToLowerInvariant(name[4]) + name[5..] : null;
    }
}
