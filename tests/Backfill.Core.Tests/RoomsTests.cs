using System.Reflection;
using System.Text.RegularExpressions;
using Backfill.Core.Postgres;

namespace Backfill.Core.Tests;

/// <summary>The engine's folders are rooms: a line of code knows its room, and rooms use each other in one direction.</summary>
public sealed partial class RoomsTests
{
    private const int MostParameters = 6;

    private static readonly string Engine = Path.Combine(Checkout.Root, "src", "Backfill.Core");

    [Fact]
    public void No_two_folders_use_each_other()
    {
        var uses = Uses(file => file.Split('/')[0]);
        Assert.True(uses.Count >= 4, "The rooms were not read.");

        Assert.All(uses.Keys, room => Assert.DoesNotContain(room, Reachable(room, uses)));
    }

    [Fact]
    public void A_room_uses_only_the_rooms_that_the_documentation_names()
    {
        var rooms = DocumentedTable
            .Read("docs/ARCHITECTURE.md", "| room |")
            .ToDictionary(cells => cells[0], cells => cells[2].Split(',', StringSplitOptions.TrimEntries));
        var used = Uses(file => RoomOf(Path.GetDirectoryName(file)!, rooms.Keys));

        Assert.Equal(rooms.Keys.Order(), used.Keys.Order());
        Assert.All(used, room => Assert.Subset(rooms[room.Key].ToHashSet(StringComparer.Ordinal), room.Value));
    }

    // Coverage/Checks is a part of Coverage: the nearest folder that the table names is the room.
    private static string RoomOf(string folder, IReadOnlyCollection<string> rooms) =>
        rooms
            .Where(room => folder == room || folder.StartsWith(room + '/', StringComparison.Ordinal))
            .MaxBy(room => room.Length)
        ?? folder;

    [Fact]
    public void Only_Postgres_makes_commands() =>
        Assert.All(
            Sources().Where(source => !source.File.StartsWith("Postgres/", StringComparison.Ordinal)),
            source => Assert.DoesNotMatch(Command(), source.Text)
        );

    [Fact]
    public void A_constructor_takes_at_most_six_parameters() =>
        Assert.Empty(
            typeof(Database)
                .Assembly.GetTypes()
                .Where(type => !IsData(type) && type.GetCustomAttributesData().All(one => !IsCompilers(one)))
                .Where(type =>
                    type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                        .Any(constructor => constructor.GetParameters().Length > MostParameters)
                )
                .Select(type => type.Name)
        );

    // A record is data, and an exception tells what happened.
    private static bool IsData(Type type) =>
        type.GetMethod("<Clone>$") is not null || type.IsValueType || type.IsSubclassOf(typeof(Exception));

    private static bool IsCompilers(CustomAttributeData attribute) =>
        attribute.AttributeType.Name == "CompilerGeneratedAttribute";

    private static Dictionary<string, HashSet<string>> Uses(Func<string, string> room) =>
        Sources()
            .Where(source => source.File.Contains('/', StringComparison.Ordinal))
            .GroupBy(source => room(source.File), StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group =>
                    group
                        .SelectMany(source => Using().Matches(source.Text))
                        .Select(match => room($"{match.Groups["room"].Value.Replace('.', '/')}/a.cs"))
                        .Where(other => other != group.Key)
                        .ToHashSet(StringComparer.Ordinal),
                StringComparer.Ordinal
            );

    private static HashSet<string> Reachable(string room, Dictionary<string, HashSet<string>> uses)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>([room]);
        while (next.TryDequeue(out var one))
        {
            foreach (var other in uses.GetValueOrDefault(one, []).Where(reached.Add))
            {
                next.Enqueue(other);
            }
        }

        return reached;
    }

    private static IEnumerable<(string File, string Text)> Sources() =>
        Directory
            .EnumerateFiles(Engine, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Engine, file).Replace('\\', '/'))
            .Where(file => !file.StartsWith("obj/", StringComparison.Ordinal))
            .Select(file => (file, File.ReadAllText(Path.Combine(Engine, file))));

    [GeneratedRegex(
        @"^using Backfill\.Core\.(?<room>[\w.]+);",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Using();

    [GeneratedRegex(@"\bNpgsqlCommand\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Command();
}
