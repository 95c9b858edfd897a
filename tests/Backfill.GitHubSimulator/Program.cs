using System.Globalization;
using Backfill.Simulation;
using Backfill.Simulation.Data;
using Backfill.Simulation.Faults;

const string Usage = """
    Serves a simulated GitHub on the loopback address.

      --port N                 port; 0, the default, is any that is free
      --data FILE.json.gz      an archive to serve; may be repeated
      --generate N             pull requests of a generated repository, issues and discussions in proportion
      --shape NAME             exact counts of the generated repository: real has 23,484 rows
      --repository owner/name  the generated repository (octo/hello); may be repeated
      --seed N                 the same seed generates the same repository (1)
      --latency-ms N           how long every answer takes at least
      --token T                the only token that is accepted
      --fault RULE             [graphql[.OPERATION]/|rest/]NAME[:PARAMETER][@N][xCOUNT]; may be repeated
      --ready-file PATH        written with the URL once it listens
      --exit-with-stdin        ends when the standard input is closed
    """;

var options = new SimulatorOptions();
var (readyFile, exitWithStdin) = ((string?)null, false);
try
{
    for (var at = 0; at < args.Length; at++)
    {
        var flag = args[at];
        string Value() => ++at < args.Length ? args[at] : throw new FormatException($"{flag} needs a value.");
        int Number() =>
            int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new FormatException($"{flag} needs a whole number, not '{args[at]}'.");
        switch (flag)
        {
            case "--port":
                options = options with { Port = Number() };
                break;
            case "--data":
                options = options with { DataFiles = [.. options.DataFiles, Value()] };
                break;
            case "--generate":
                options = options with
                {
                    PullRequests = Number(),
                    Repositories = options.Repositories ?? ["octo/hello"],
                };
                break;
            case "--shape":
                options = options with
                {
                    Shape = RepositoryShape.Parse(Value()),
                    Repositories = options.Repositories ?? ["octo/hello"],
                };
                break;
            case "--repository":
                // The first one given takes the place of the default.
                options = options with
                {
                    Repositories = [.. (options.Repositories ?? []).Where(name => name != "octo/hello"), Value()],
                };
                break;
            case "--seed":
                options = options with { Seed = Number() };
                break;
            case "--latency-ms":
                options = options with { Latency = TimeSpan.FromMilliseconds(Number()) };
                break;
            case "--token":
                options = options with { Token = Value() };
                break;
            case "--fault":
                options = options with { Faults = [.. options.Faults, FaultRule.Parse(Value())] };
                break;
            case "--ready-file":
                readyFile = Value();
                break;
            case "--exit-with-stdin":
                exitWithStdin = true;
                break;
            case "--help":
                Console.WriteLine(Usage);
                foreach (var (name, description) in FaultTable.Descriptions)
                {
                    Console.WriteLine($"      {name, -28} {description}");
                }

                return 0;
            default:
                throw new FormatException($"No flag '{flag}'.");
        }
    }
}
catch (FormatException error)
{
    await Console.Error.WriteLineAsync($"{error.Message}\n\n{Usage}");
    return 2;
}

using var ending = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    ending.Cancel();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM,
    signal =>
    {
        signal.Cancel = true;
        ending.Cancel();
    }
);
try
{
    await using var simulator = await GitHubSimulator.StartAsync(options, ending.Token);
    Console.WriteLine($"listening on {simulator.Url}");
    foreach (var repository in simulator.Repositories)
    {
        Console.WriteLine($"serving {repository.FullName}");
    }

    if (readyFile is not null)
    {
        // Whoever waits for the file never reads half of it.
        var unfinished = $"{readyFile}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(unfinished, simulator.Url.ToString(), ending.Token);
        File.Move(unfinished, readyFile, overwrite: true);
    }

    await (exitWithStdin ? UntilClosedAsync(ending.Token) : Task.Delay(Timeout.InfiniteTimeSpan, ending.Token));
}
catch (OperationCanceledException) when (ending.IsCancellationRequested)
{
    return 0;
}
catch (Exception error) when (error is IOException or FormatException or System.Text.Json.JsonException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}

return 0;

static async Task UntilClosedAsync(CancellationToken cancellationToken)
{
    await using var input = Console.OpenStandardInput();
    var buffer = new byte[256];
    // A read of a console or pipe does not heed the token.
    while (await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(cancellationToken) > 0) { }
}
