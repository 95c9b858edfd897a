using System.Globalization;
using System.Text.Json;
using GraphQL;
using GraphQL.SystemTextJson;
using GraphQL.Transport;
using GraphQLParser;
using GraphQLParser.AST;
using GraphQLParser.Exceptions;

namespace Backfill.Simulation.GraphQL;

/// <summary>A query as it was sent.</summary>
/// <param name="Request">Null where the body is none.</param>
/// <param name="Document">Null where it cannot be parsed.</param>
/// <param name="Problem">Why there is no document, in GitHub's words; null where there is one.</param>
internal sealed record GraphQLQuery(GraphQLRequest? Request, GraphQLDocument? Document, string? Problem)
{
    /// <summary>The query of a request that is not for GraphQL.</summary>
    public static readonly GraphQLQuery None = new(null, null, "");

    /// <summary>What it runs; null where nothing is of that name.</summary>
    public GraphQLOperationDefinition? Operation { get; private init; }

    /// <summary>The name of what it runs; empty where it has none.</summary>
    public string Name => Operation?.Name?.StringValue ?? "";

    /// <summary>The largest page of a list of a repository; 0 where it asks for none.</summary>
    public int LargestPage { get; private init; }

    /// <summary>Every cursor that it goes on from.</summary>
    public IReadOnlyList<string> Cursors { get; private init; } = [];

    /// <summary>owner/name of the repository that it asks for; null where it asks for none by name.</summary>
    public string? Repository { get; private init; }

    /// <summary>Reads a body; never fails.</summary>
    public static GraphQLQuery Read(ReadOnlyMemory<byte> body, GraphQLSerializer serializer)
    {
        try
        {
            var request = JsonSerializer.Deserialize<JsonElement>(body.Span) is { ValueKind: JsonValueKind.Object } json
                ? serializer.ReadNode<GraphQLRequest>(json)
                : null;
            if (request?.Query is null)
            {
                return new GraphQLQuery(request, null, "A query attribute must be specified and must be a string.");
            }

            var document = Parser.Parse(request.Query);
            var operations = document.Definitions.OfType<GraphQLOperationDefinition>();
            var operation = string.IsNullOrEmpty(request.OperationName)
                ? operations.FirstOrDefault()
                : operations.FirstOrDefault(found => found.Name?.StringValue == request.OperationName);
            return operation is null
                ? new GraphQLQuery(request, document, "No operation to run.")
                : Describe(new GraphQLQuery(request, document, null) { Operation = operation });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return None;
        }
        catch (GraphQLSyntaxErrorException error)
        {
            return new GraphQLQuery(
                null,
                null,
                $"Parse error on {error.Description} at [{error.Location.Line}, {error.Location.Column}]"
            );
        }
    }

    private static GraphQLQuery Describe(GraphQLQuery query)
    {
        var variables = query.Request!.Variables ?? Inputs.Empty;
        var (largest, cursors, name) = (0, new List<string>(), (string?)null);
        foreach (var (field, parent) in Fields(query.Operation!.SelectionSet, null))
        {
            cursors.AddRange(
                new[] { "after", "before" }.Select(argument => Value(field, argument, variables)).OfType<string>()
            );
            if (field.Name.StringValue == "repository" && parent is null)
            {
                name = $"{Value(field, "owner", variables)}/{Value(field, "name", variables)}";
            }
            else if (parent == "repository")
            {
                largest = Math.Max(largest, Size(Value(field, "first", variables) ?? Value(field, "last", variables)));
            }
        }

        return query with
        {
            LargestPage = largest,
            Cursors = cursors,
            Repository = name,
        };
    }

    // Every field of the operation itself with its parent's name. The lists of this project stand in no fragment.
    private static IEnumerable<(GraphQLField Field, string? Parent)> Fields(
        GraphQLSelectionSet? selections,
        string? parent
    )
    {
        foreach (var selection in selections?.Selections ?? [])
        {
            var (inner, name) = selection switch
            {
                GraphQLField field => (field.SelectionSet, field.Name.StringValue),
                GraphQLInlineFragment inline => (inline.SelectionSet, parent),
                _ => (null, parent),
            };
            if (selection is GraphQLField found)
            {
                yield return (found, parent);
            }

            foreach (var deeper in Fields(inner, name))
            {
                yield return deeper;
            }
        }
    }

    private static object? Value(GraphQLField field, string argument, Inputs variables) =>
        field.Arguments?.ValueFor(argument) switch
        {
            GraphQLStringValue text => text.Value.ToString(),
            GraphQLIntValue number => int.Parse(number.Value.Span, CultureInfo.InvariantCulture),
            GraphQLVariable variable => variables.GetValueOrDefault(variable.Name.StringValue),
            _ => null,
        };

    private static int Size(object? value) => value as int? ?? 0;
}
