using System.Text;
using Backfill.Simulation.Data;
using GraphQL.Resolvers;
using GraphQL.Types;

namespace Backfill.Simulation.GraphQL;

/// <summary>Makes the executable schema from the SDL beside it and the table of resolvers.</summary>
internal static class SchemaFactory
{
    private static readonly string[] Files = ["objects.graphql", "connections.graphql", "values.graphql"];

    /// <summary>The SDL as it stands in its files.</summary>
    public static string ReadSdl()
    {
        var text = new StringBuilder();
        foreach (var file in Files)
        {
            using var stream =
                typeof(SchemaFactory).Assembly.GetManifestResourceStream(file)
                ?? throw new InvalidOperationException($"The assembly has no '{file}'.");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            text.Append(reader.ReadToEnd()).Append('\n');
        }

        return text.ToString();
    }

    public static ISchema Create(World world)
    {
        var resolvers = new Resolvers(world);
        Schema? made = null;
        var schema = Schema.For(
            ReadSdl(),
            builder =>
            {
                foreach (
                    var name in new[]
                    {
                        "Node",
                        "Actor",
                        "RepositoryOwner",
                        "IssueOrPullRequest",
                        "IssueTimelineItems",
                        "PullRequestTimelineItems",
                    }
                )
                {
                    builder.Types.For(name).ResolveType = value =>
                        (IObjectGraphType)made!.AllTypes[Resolvers.TypeOf(value)]!;
                }
            }
        );
        made = schema;
        schema.RegisterType(new TimeScalar());
        foreach (var name in new[] { "URI", "GitObjectID", "BigInt" })
        {
            schema.RegisterType(new TextScalar(name));
        }

        schema.Initialize();
        foreach (
            var type in schema
                .AllTypes.OfType<IObjectGraphType>()
                .Where(type => !type.Name.StartsWith("__", StringComparison.Ordinal))
        )
        {
            foreach (var field in type.Fields)
            {
                var resolve =
                    resolvers.Find(type.Name, field.Name)
                    ?? throw new InvalidOperationException($"Nothing resolves {type.Name}.{field.Name}.");
                field.Resolver = new FuncFieldResolver<object?>(resolve);
            }
        }

        return schema;
    }
}
