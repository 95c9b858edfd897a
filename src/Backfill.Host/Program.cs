using System.Runtime.InteropServices;
using System.Text;
using Backfill.Host;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
var options = HostOptions.Parse(args);
if (options.Mistake is not null)
{
    await Console.Error.WriteLineAsync($"{options.Mistake}\n\n{HostOptions.Usage}");
    return 64;
}

if (options.Help)
{
    await Console.Out.WriteLineAsync(HostOptions.Usage);
    return 0;
}

if (options.Version)
{
    await Console.Out.WriteLineAsync(typeof(Session).Assembly.GetName().Version?.ToString(3));
    return 0;
}

using var session = Session.Open();
if (session is null)
{
    return 1;
}

Console.CancelKeyPress += (_, pressed) => pressed.Cancel = session.Stop(exitCode: 130);
using var terminate = PosixSignalRegistration.Create(
    PosixSignal.SIGTERM,
    signal => signal.Cancel = session.Stop(exitCode: 143)
);

if (options.Command is null && options.File is null)
{
    return await new Prompt(session).RunAsync();
}

var exitCode = options.File is null
    ? await session.RunCommandAsync(options.Command!)
    : await session.RunFileAsync(options.File, options.Arguments);
return options.NoWait ? exitCode : await session.WaitForRunsAsync(exitCode);
