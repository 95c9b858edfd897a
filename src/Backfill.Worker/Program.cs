using Backfill;
using Backfill.Worker;

// The settings come from the environment, as those of the module do. A wrong one is told in one line and not with a stack.
WorkerOptions options;
try
{
    options = WorkerOptions.Read(Environment.GetEnvironmentVariable);
}
catch (BackfillException error)
{
    await Console.Error.WriteLineAsync($"{error.ErrorId}: {error.Message} {error.Action}");
    return 1;
}

await using var application = WorkerHost.Build(args, options, TimeProvider.System);
await application.RunAsync();
return 0;
