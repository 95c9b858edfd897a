using System.Buffers;
using System.Text.Json;
using Backfill.Simulation.Data;
using Backfill.Simulation.Server;
using GraphQL;
using GraphQL.Execution;
using GraphQL.SystemTextJson;
using GraphQL.Transport;
using GraphQL.Types;
using GraphQL.Validation;
using GraphQLParser;
using GraphQLParser.AST;
using GraphQLParser.Exceptions;

namespace Backfill.Simulation.GraphQL;

/// <summary>What a query is charged, for the field <c>rateLimit</c>.</summary>
internal sealed record GraphQLCharge(QueryCost Cost, RateBudget Budget)
{
    public const string Key = "charge";
}

/// <summary>A query as it was sent.</summary>
/// <param name="Operation">The name of what it runs; empty where it has none or cannot be read.</param>
/// <param name="LargestPage">The largest of the variables <c>first</c>, <c>last</c> and <c>n</c>; 0 where there is none.</param>
internal sealed record GraphQLQuery(GraphQLRequest? Request, string Operation, int LargestPage);

/// <summary>Answers <c>POST /graphql</c>.</summary>
internal sealed class GraphQLEndpoint
{
    private readonly World world;
    private readonly ISchema schema;
    private readonly DocumentExecuter executer = new();
    private readonly GraphQLSerializer serializer = new();

    public GraphQLEndpoint(World world)
    {
        this.world = world;
        schema = SchemaFactory.Create(world);
    }

    /// <summary>Reads a body; never fails: what cannot be read has no request.</summary>
    public GraphQLQuery Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var request = JsonSerializer.Deserialize<JsonElement>(body.Span) is { ValueKind: JsonValueKind.Object } json
                ? serializer.ReadNode<GraphQLRequest>(json)
                : null;
            if (request?.Query is null)
            {
                return new GraphQLQuery(null, "", 0);
            }

            var document = Parser.Parse(request.Query);
            var operation = Operation(document, request);
            return new GraphQLQuery(request, operation?.Name?.StringValue ?? "", LargestPage(request));
        }
        catch (Exception error)
            when (error is JsonException or GraphQLSyntaxErrorException or InvalidOperationException)
        {
            return new GraphQLQuery(null, "", 0);
        }
    }

    /// <summary>Runs a query and charges it.</summary>
    /// <returns>The answer, and its cost; 0 for what is refused before it runs.</returns>
    public async Task<(Answer Answer, int Cost)> AnswerAsync(
        ReadOnlyMemory<byte> body,
        RateBudget budget,
        CancellationToken cancellationToken
    )
    {
        GraphQLRequest? request;
        GraphQLDocument document;
        try
        {
            request = serializer.ReadNode<GraphQLRequest>(JsonSerializer.Deserialize<JsonElement>(body.Span));
            if (request?.Query is null)
            {
                return (
                    Answer.Json(200, Errors(Error("A query attribute must be specified and must be a string."))),
                    0
                );
            }

            document = Parser.Parse(request.Query);
        }
        catch (JsonException)
        {
            return (Answer.Message(400, "Problems parsing JSON", "https://docs.github.com/graphql"), 0);
        }
        catch (GraphQLSyntaxErrorException error)
        {
            return (
                Answer.Json(
                    200,
                    Errors(
                        Error($"Parse error on {error.Description} at [{error.Location.Line}, {error.Location.Column}]")
                    )
                ),
                0
            );
        }

        if (Operation(document, request) is not { } operation)
        {
            return (Answer.Json(200, Errors(Error("No operation to run."))), 0);
        }

        var cost = QueryCost.Of(schema, document, operation, request.Variables ?? Inputs.Empty);
        if (cost.Nodes > QueryCost.MostNodes)
        {
            var text = FormattableString.Invariant(
                $"By the time this query traverses to the {cost.Heaviest} connection, it is requesting up to {cost.Nodes:N0} possible nodes which exceeds the maximum limit of {QueryCost.MostNodes:N0}."
            );
            return (Answer.Json(200, Errors(Error(text, ("type", "MAX_NODE_LIMIT_EXCEEDED")))), 0);
        }

        if (!budget.Charge(cost.Points))
        {
            return (
                Answer.Json(
                    200,
                    Errors(Error("API rate limit exceeded for user ID 583231.", ("type", "RATE_LIMITED")))
                ),
                0
            );
        }

        var options = new ExecutionOptions
        {
            Schema = schema,
            Query = request.Query,
            OperationName = request.OperationName,
            Variables = request.Variables ?? Inputs.Empty,
            UserContext = new Dictionary<string, object?> { [GraphQLCharge.Key] = new GraphQLCharge(cost, budget) },
            ValidationRules = GitHubRules.All,
            CancellationToken = cancellationToken,
        };
        Task<ExecutionResult> execution;
        lock (world.Sync)
        {
            // Every resolver is synchronous: the whole of it runs in here.
            execution = executer.ExecuteAsync(options);
        }

        var result = await execution;
        if (!result.Executed)
        {
            budget.Refund(cost.Points);
        }

        return (Answer.Json(200, Serialize(result)), result.Executed ? cost.Points : 0);
    }

    private static GraphQLOperationDefinition? Operation(GraphQLDocument document, GraphQLRequest request)
    {
        var operations = document.Definitions.OfType<GraphQLOperationDefinition>();
        return string.IsNullOrEmpty(request.OperationName)
            ? operations.FirstOrDefault()
            : operations.FirstOrDefault(operation => operation.Name?.StringValue == request.OperationName);
    }

    private static int LargestPage(GraphQLRequest request) =>
        (request.Variables ?? Inputs.Empty)
            .Where(pair => pair.Key is "first" or "last" or "n")
            .Select(pair => pair.Value as int? ?? 0)
            .DefaultIfEmpty(0)
            .Max();

    private static Dictionary<string, object?> Error(
        string message,
        params ReadOnlySpan<(string Name, object? Value)> more
    )
    {
        var error = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in more)
        {
            error[name] = value;
        }

        error["message"] = message;
        return error;
    }

    private static byte[] Errors(params object[] errors) =>
        JsonBody.Of(new Dictionary<string, object?>(StringComparer.Ordinal) { ["errors"] = errors });

    private static byte[] Serialize(ExecutionResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var writer = JsonBody.Writer(buffer))
        {
            writer.WriteStartObject();
            if (result.Executed)
            {
                writer.WritePropertyName("data");
                Write(writer, result.Data as ExecutionNode);
            }

            if (result.Errors is { Count: > 0 } errors)
            {
                writer.WritePropertyName("errors");
                JsonBody.Write(writer, errors.Select(Describe));
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, ExecutionNode? node)
    {
        switch (node)
        {
            case ObjectExecutionNode { SubFields: { } fields }
                when node.Result is not null || node is RootExecutionNode:
                writer.WriteStartObject();
                foreach (var field in fields)
                {
                    writer.WritePropertyName(field.Name!);
                    Write(writer, field);
                }

                writer.WriteEndObject();
                break;
            case ArrayExecutionNode { Items: { } items }:
                writer.WriteStartArray();
                foreach (var item in items)
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case ValueExecutionNode value:
                JsonBody.Write(writer, value.ToValue());
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    private static Dictionary<string, object?> Describe(ExecutionError error)
    {
        var described = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (error is GitHubError known)
        {
            described["type"] = known.Type;
        }

        if (error.Path is { } path)
        {
            described["path"] = path;
        }

        if (error is UndefinedFieldError undefined)
        {
            described["path"] = new object[] { "query", undefined.FieldName };
            described["extensions"] = new Dictionary<string, object?>
            {
                ["code"] = "undefinedField",
                ["typeName"] = undefined.TypeName,
                ["fieldName"] = undefined.FieldName,
            };
        }
        else if (error is ValidationError invalid)
        {
            described["extensions"] = new Dictionary<string, object?> { ["code"] = GitHubRules.Code(invalid) };
        }

        if (error.Locations is { Count: > 0 } locations)
        {
            described["locations"] = locations.Select(location => new Dictionary<string, object?>
            {
                ["line"] = location.Line,
                ["column"] = location.Column,
            });
        }

        described["message"] = error.InnerException is { } inner ? $"{error.Message} {inner.Message}" : error.Message;
        return described;
    }
}
