using System.Globalization;
using GraphQL;
using GraphQL.Types;
using GraphQLParser;
using GraphQLParser.AST;

namespace Backfill.Simulation.GraphQL;

/// <summary>
/// What a query costs, by GitHub's documentation: the requests that each connection takes if every connection above
/// it is full, added up, divided by 100, rounded, at least 1; and the nodes that it may return, of which 500,000 are allowed.
/// </summary>
/// <param name="Points">The cost.</param>
/// <param name="Nodes">The most nodes that it may return.</param>
/// <param name="Heaviest">The connection that has the most.</param>
/// <param name="HeaviestLocation">Where that stands in the query.</param>
/// <param name="IsNested">Whether it asks for a list inside of a list.</param>
internal sealed record QueryCost(
    int Points,
    long Nodes,
    string Heaviest,
    IReadOnlyDictionary<string, object?> HeaviestLocation,
    bool IsNested
)
{
    public const long MostNodes = 500_000;

    public static QueryCost Of(
        ISchema schema,
        GraphQLDocument document,
        GraphQLOperationDefinition operation,
        Inputs variables
    )
    {
        var walk = new Walk(schema, document, variables);
        walk.Visit(operation.SelectionSet, schema.Query, 1);
        var points = (int)Math.Min(int.MaxValue, Math.Round(walk.Requests / 100.0, MidpointRounding.AwayFromZero));
        var place = Location.FromLinearPosition(document.Source, walk.HeaviestStart);
        return new QueryCost(
            Math.Max(1, points),
            walk.Nodes,
            walk.Heaviest,
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["line"] = place.Line,
                ["column"] = place.Column,
            },
            walk.IsNested
        );
    }

    private sealed class Walk(ISchema schema, GraphQLDocument document, Inputs variables)
    {
        private readonly HashSet<string> open = new(StringComparer.Ordinal);
        private long most;
        private int depth;

        public long Requests { get; private set; }

        public long Nodes { get; private set; }

        public string Heaviest { get; private set; } = "";

        public int HeaviestStart { get; private set; }

        public bool IsNested { get; private set; }

        public void Visit(GraphQLSelectionSet? selections, IGraphType? type, long times)
        {
            foreach (var selection in selections?.Selections.Where(IsAskedFor) ?? [])
            {
                switch (selection)
                {
                    case GraphQLField field when (type as IComplexGraphType)?.GetField(field.Name) is { } definition:
                        Visit(field, definition, times);
                        break;
                    case GraphQLInlineFragment inline:
                        Visit(inline.SelectionSet, Named(inline.TypeCondition?.Type.Name) ?? type, times);
                        break;
                    case GraphQLFragmentSpread spread when open.Add(spread.FragmentName.Name.StringValue):
                        var fragment = document
                            .Definitions.OfType<GraphQLFragmentDefinition>()
                            .FirstOrDefault(found => found.FragmentName.Name == spread.FragmentName.Name);
                        if (fragment is not null)
                        {
                            Visit(fragment.SelectionSet, Named(fragment.TypeCondition.Type.Name), times);
                        }

                        open.Remove(spread.FragmentName.Name.StringValue);
                        break;
                }
            }
        }

        private void Visit(GraphQLField field, FieldType definition, long times)
        {
            var type = definition.ResolvedType?.GetNamedType();
            if (type?.Name.EndsWith("Connection", StringComparison.Ordinal) == true)
            {
                var size = Number(field, "first") ?? Number(field, "last") ?? 0;
                Requests += times;
                Nodes += times * size;
                if (times * size > most)
                {
                    (most, Heaviest, HeaviestStart) = (times * size, definition.Name, field.Location.Start);
                }

                IsNested |= depth > 0;
                depth++;
                Visit(field.SelectionSet, type, times * size);
                depth--;
            }
            else
            {
                // A list of ids is as many parents.
                var ids = definition.Name == "nodes" && ReferenceEquals(type, schema.AllTypes["Node"]) ? Ids(field) : 1;
                Visit(field.SelectionSet, type, times * ids);
            }
        }

        // What a directive leaves out is not read, and GitHub's own analysis does not count it either: a guess, after the
        // analyzers of graphql-ruby, which pass over what is skipped.
        private bool IsAskedFor(ASTNode selection) =>
            (selection as IHasDirectivesNode)?.Directives?.All(directive =>
                directive.Name.StringValue switch
                {
                    "include" => Flag(directive),
                    "skip" => !Flag(directive),
                    _ => true,
                }
            )
            ?? true;

        private bool Flag(GraphQLDirective directive) =>
            directive.Arguments?.ValueFor("if") switch
            {
                GraphQLBooleanValue literal => literal.Value == "true",
                GraphQLVariable variable => variables.GetValueOrDefault(variable.Name.StringValue) is true,
                _ => false,
            };

        private IGraphType? Named(GraphQLName? name) => name is null ? null : schema.AllTypes[name.StringValue];

        // What is no number costs nothing: the validation refuses it.
        private long? Number(GraphQLField field, string argument) =>
            field.Arguments?.ValueFor(argument) switch
            {
                GraphQLIntValue literal => long.TryParse(literal.Value.Span, CultureInfo.InvariantCulture, out var size)
                    ? size
                    : 0,
                GraphQLVariable variable => variables.GetValueOrDefault(variable.Name.StringValue) switch
                {
                    int size => size,
                    long size => size,
                    _ => null,
                },
                _ => null,
            };

        private long Ids(GraphQLField field) =>
            field.Arguments?.ValueFor("ids") switch
            {
                GraphQLListValue list => list.Values?.Count ?? 0,
                GraphQLVariable variable
                    when variables.GetValueOrDefault(variable.Name.StringValue) is System.Collections.IList values =>
                    values.Count,
                _ => 1,
            };
    }
}
