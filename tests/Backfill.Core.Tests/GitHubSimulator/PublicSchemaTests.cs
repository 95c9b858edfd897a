using Backfill.Core.GitHub;
using Backfill.Simulation.GraphQL;
using GraphQLParser;
using GraphQLParser.AST;
using GraphQLParser.Visitors;

namespace Backfill.Core.Tests.Simulation;

public sealed class PublicSchemaTests
{
    private static readonly SDLPrinter Printer = new();

    [Fact]
    public async Task GitHub_accepts_every_query()
    {
        var queries = Queries().ToList();
        var errors = await PublicSchema.ValidateAsync(queries.Select(query => query.Text));
        Assert.True(queries.Count > 8);
        Assert.Empty(
            queries
                .Zip(errors, (query, found) => found.Select(error => $"{query.Name}: {error}"))
                .SelectMany(found => found)
        );
    }

    [Fact]
    public async Task A_wrong_query_is_found()
    {
        var errors = await PublicSchema.ValidateAsync(["{ viewer { login } }", "{ viewer { nope } }"]);
        Assert.Empty(errors[0]);
        Assert.NotEmpty(errors[1]);
    }

    [Fact]
    public async Task The_simulator_has_nothing_that_GitHub_lacks()
    {
        var github = Types(await PublicSchema.ReadAsync());
        var ours = Types(SchemaFactory.ReadSdl());
        List<string> wrong = [];
        foreach (var (name, type) in ours)
        {
            if (!github.TryGetValue(name, out var theirs) || theirs.Kind != type.Kind)
            {
                wrong.Add($"type {name}");
                continue;
            }

            wrong.AddRange(type.Parts.Where(part => !theirs.Parts.Contains(part)).Select(part => $"{name}: {part}"));
            wrong.AddRange(
                theirs
                    .Required.Where(part => Covers(type, part) && !type.Parts.Contains(part))
                    .Select(part => $"{name} lacks {part}")
            );
        }

        Assert.True(ours.Count > 50);
        Assert.Empty(wrong);
    }

    [Fact]
    public void A_field_that_GitHub_lacks_is_found()
    {
        var parts = Types("type A implements B { c(d: Int = 1): String! }")["A"].Parts;
        Assert.Equal(["implements B", "c: String!", "c(d: Int = 1)"], parts);
    }

    // Every query file of the product; one that is for several nodes for a few numbers of them.
    private static IEnumerable<(string Name, string Text)> Queries()
    {
        foreach (
            var resource in typeof(GraphQLText)
                .Assembly.GetManifestResourceNames()
                .Where(name => name.EndsWith(".graphql", StringComparison.Ordinal))
        )
        {
            var name = Path.GetFileNameWithoutExtension(resource);
            if (!GraphQLText.Read(name).Contains("query ", StringComparison.Ordinal))
            {
                // Fragments, which are read with the queries that import them.
                continue;
            }

            if (!GraphQLText.Read(name).Contains("$id0", StringComparison.Ordinal))
            {
                yield return (name, GraphQLText.Read(name));
                continue;
            }

            foreach (var nodes in new[] { 1, 2, 20 })
            {
                yield return ($"{name} for {nodes}", GraphQLText.ReadForNodes(name, nodes));
            }
        }
    }

    // An argument is only missed where its field is there.
    private static bool Covers(TypeParts type, string part) =>
        type.Kind == ASTNodeKind.InputObjectTypeDefinition
        || type.Parts.Any(ours =>
            ours.StartsWith(part[..part.IndexOf('(', StringComparison.Ordinal)] + ":", StringComparison.Ordinal)
        );

    private static Dictionary<string, TypeParts> Types(string sdl)
    {
        var types = new Dictionary<string, TypeParts>(StringComparer.Ordinal);
        foreach (var definition in Parser.Parse(sdl).Definitions)
        {
            var (parts, required) = (new List<string>(), new List<string>());
            if (definition is IHasInterfacesNode { Interfaces: { } interfaces })
            {
                parts.AddRange(interfaces.Select(implemented => $"implements {implemented.Name.StringValue}"));
            }

            if (definition is IHasFieldsDefinitionNode { Fields: { } fields })
            {
                foreach (var field in fields)
                {
                    parts.Add($"{field.Name.StringValue}: {Printer.Print(field.Type)}");
                    foreach (var argument in field.Arguments ?? Enumerable.Empty<GraphQLInputValueDefinition>())
                    {
                        Add(argument, $"{field.Name.StringValue}(", ")");
                    }
                }
            }

            if (definition is GraphQLInputObjectTypeDefinition { Fields: { } inputs })
            {
                foreach (var input in inputs)
                {
                    Add(input, "", "");
                }
            }

            if (definition is GraphQLEnumTypeDefinition { Values: { } values })
            {
                parts.AddRange(values.Select(value => value.Name.StringValue));
            }

            if (definition is INamedNode named and GraphQLTypeDefinition)
            {
                types[named.Name.StringValue] = new TypeParts(definition.Kind, parts, required);
            }

            void Add(GraphQLInputValueDefinition value, string before, string after)
            {
                var text =
                    $"{before}{value.Name.StringValue}: {Printer.Print(value.Type)}{(value.DefaultValue is { } given ? $" = {Printer.Print(given)}" : "")}{after}";
                parts.Add(text);
                if (value is { Type: GraphQLNonNullType, DefaultValue: null })
                {
                    required.Add(text);
                }
            }
        }

        return types;
    }

    private sealed record TypeParts(ASTNodeKind Kind, List<string> Parts, List<string> Required);
}
