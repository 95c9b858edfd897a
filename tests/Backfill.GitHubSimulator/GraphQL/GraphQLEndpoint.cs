using System.Buffers;
using System.Text.Json;
using Backfill.Simulation.Data;
using Backfill.Simulation.Server;
using GraphQL;
using GraphQL.Execution;
using GraphQL.SystemTextJson;
using GraphQL.Types;
using GraphQL.Validation;

namespace Backfill.Simulation.GraphQL;

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

    public GraphQLQuery Read(ReadOnlyMemory<byte> body) => GraphQLQuery.Read(body, serializer);

    /// <summary>Runs a query and charges it.</summary>
    /// <returns>The answer, and its cost; 0 for what is refused before it runs.</returns>
    public async Task<(Answer Answer, int Cost)> AnswerAsync(
        GraphQLQuery query,
        RateBudget budget,
        Execution running,
        CancellationToken cancellationToken
    )
    {
        if (query.Problem is { } problem)
        {
            return (
                problem.Length == 0
                    ? Answer.Message(400, "Problems parsing JSON", "https://docs.github.com/graphql")
                    : Answer.Json(200, Errors(Error(problem))),
                0
            );
        }

        var (request, document, operation) = (query.Request!, query.Document!, query.Operation!);
        var cost = QueryCost.Of(schema, document, operation, request.Variables ?? Inputs.Empty);
        running.IsNested = cost.IsNested;
        if (cost.Nodes > QueryCost.MostNodes)
        {
            var text = FormattableString.Invariant(
                $"By the time this query traverses to the {cost.Heaviest} connection, it is requesting up to {cost.Nodes:N0} possible nodes which exceeds the maximum limit of {QueryCost.MostNodes:N0}."
            );
            return (
                Answer.Json(
                    200,
                    Errors(
                        Error(text, ("type", "MAX_NODE_LIMIT_EXCEEDED"), ("locations", new[] { cost.HeaviestLocation }))
                    )
                ),
                0
            );
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
            Document = document,
            OperationName = request.OperationName,
            Variables = request.Variables ?? Inputs.Empty,
            UserContext = new Dictionary<string, object?>
            {
                [GraphQLCharge.Key] = new GraphQLCharge(cost, budget),
                [Execution.Key] = running,
            },
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
