using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backfill.Worker.Functions;
using Backfill.Worker.Operations;
using Backfill.Worker.Steps;

namespace Backfill.Worker.Serving;

/// <summary>The one address that Inngest calls: GET describes the worker, PUT registers its functions, POST runs one of them.</summary>
internal sealed class InngestEndpoint(
    FunctionList functions,
    Registration registration,
    SignatureCheck signatures,
    StepResults results,
    ILogger<InngestEndpoint> logger
)
{
    private const int MostId = 200;

    private WorkerOptions Options => functions.Context.Options;

    private TimeProvider Time => functions.Context.Time;

    /// <summary>Serves the address.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Options.ServePath, DescribeAsync);
        routes.MapPut(Options.ServePath, RegisterAsync);
        routes.MapPost(Options.ServePath, ExecuteAsync);
    }

    // An unsigned request is told nothing but that it is not authorized.
    private async Task DescribeAsync(HttpContext context)
    {
        if (await ReadAsync(context) is null)
        {
            return;
        }

        var inngest = Options.Settings.Inngest;
        var description = new JsonObject
        {
            ["extra"] = new JsonObject(),
            ["has_event_key"] = inngest.EventKey is not null,
            ["has_signing_key"] = inngest.SigningKey is not null,
            ["function_count"] = functions.All.Count,
            ["mode"] = inngest.Dev ? "dev" : "cloud",
            ["schema_version"] = "2024-05-24",
        };
        if (signatures.IsRequired)
        {
            description["authentication_succeeded"] = true;
            description["app_id"] = Options.App;
            description["api_origin"] = inngest.ApiUrl.GetLeftPart(UriPartial.Authority);
            description["event_api_origin"] = inngest.EventUrl.GetLeftPart(UriPartial.Authority);
            description["env"] = inngest.Environment;
            description["framework"] = "aspnetcore";
            description["sdk_language"] = "dotnet";
            description["sdk_version"] = Answers.Sdk[(Answers.Sdk.IndexOf(':', StringComparison.Ordinal) + 2)..];
            description["serve_origin"] = Options.ServeOrigin?.GetLeftPart(UriPartial.Authority);
            description["serve_path"] = Options.ServePath;
            description["capabilities"] = new JsonObject { ["trust_probe"] = "v1" };
        }

        await Answers.WriteAsync(context, StatusCodes.Status200OK, description);
    }

    private async Task RegisterAsync(HttpContext context)
    {
        if (await ReadAsync(context) is null)
        {
            return;
        }

        var kind = context.Request.Headers["X-Inngest-Server-Kind"].ToString();
        var deployment = context.Request.Query["deployId"].ToString();
        var answer = await registration.RegisterAsync(
            kind.Length is > 0 and < MostId ? kind : null,
            deployment.Length is > 0 and < MostId ? deployment : null,
            context.RequestAborted
        );
        // The official SDK answers 200 as well where the server refused: the body has the server's words.
        await Answers.WriteAsync(
            context,
            StatusCodes.Status200OK,
            new JsonObject { ["message"] = answer.Message, ["modified"] = answer.Modified }
        );
    }

    private async Task ExecuteAsync(HttpContext context)
    {
        if (await ReadAsync(context) is not { } body)
        {
            return;
        }

        if (context.Request.Query["probe"] == "trust")
        {
            context.Response.Headers["X-Inngest-Sdk"] = Answers.Sdk;
            return;
        }

        Call call;
        try
        {
            call = Call.Read(
                context.Request.Query["fnId"].ToString(),
                context.Request.Query["stepId"].ToString(),
                body
            );
        }
        catch (JsonException error)
        {
            Refuse(context, StatusCodes.Status400BadRequest);
            await Answers.WriteErrorAsync(
                context,
                StatusCodes.Status400BadRequest,
                "MalformedCall",
                error.Message,
                retries: false
            );
            return;
        }

        // A worker of a newer version may know the function, so another try can help.
        if (functions.Find(call.FunctionId) is not { } function || call.StepId.Length is 0 or > MostId)
        {
            Refuse(context, StatusCodes.Status500InternalServerError);
            await Answers.WriteErrorAsync(
                context,
                StatusCodes.Status500InternalServerError,
                "FunctionNotFound",
                "The worker has no such function.",
                retries: true
            );
            return;
        }

        await RunAsync(context, function, call);
    }

    private async Task RunAsync(HttpContext context, WorkerFunction function, Call call)
    {
        var began = Time.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(
            functions.Context.Stop.Now,
            context.RequestAborted
        );
        Activity.Current?.SetTag("inngest.function", function.Id);
        Activity.Current?.SetTag("inngest.run", call.RunId);
        string outcome;
        try
        {
            if (call.FetchesSteps)
            {
                call = call with { Memos = await results.FetchAsync(call.RunId, either.Token) };
            }

            var result = await function.RunAsync(call, new StepRunner(call, either.Token));
            outcome = "completed";
            await Answers.WriteAsync(context, StatusCodes.Status200OK, result);
        }
        catch (StepReportedException reported)
        {
            outcome = reported.Operation["op"]!.GetValue<string>();
            await Answers.WriteAsync(context, StatusCodes.Status206PartialContent, new JsonArray(reported.Operation));
        }
        catch (Exception error)
        {
            outcome = "failed";
            await FailAsync(context, function, call, error, either.Token);
        }

        functions.Context.Telemetry.Called(function.Id, outcome);
        Log.Answered(
            logger,
            function.Id,
            call.RunId,
            call.Attempt,
            outcome,
            (long)Time.GetElapsedTime(began).TotalMilliseconds
        );
    }

    // Only what can get better is tried again. Everything else ends the run of the function at once.
    private async Task FailAsync(
        HttpContext context,
        WorkerFunction function,
        Call call,
        Exception error,
        CancellationToken working
    )
    {
        var (name, message, retries, pause) = error switch
        {
            OperationCanceledException when working.IsCancellationRequested => (
                "WorkerStops",
                "The worker stops. Another one goes on.",
                true,
                TimeSpan.FromSeconds(1)
            ),
            RetryLaterException later => (later.Error.ErrorId, later.Message, true, later.Pause),
            BackfillException known => (
                known.ErrorId,
                $"{known.Message} {known.Action}",
                known.Kind is ErrorKind.Unavailable or ErrorKind.Timeout or ErrorKind.Limit or ErrorKind.Conflict,
                WorkerFunction.PauseAfter(call.Attempt)
            ),
            StepFailedException failed => (failed.Name, failed.Message, false, TimeSpan.Zero),
            StepNotFoundException => ("StepNotFound", error.Message, true, WorkerFunction.PauseAfter(call.Attempt)),
            _ => (
                ErrorIds.Unexpected,
                $"A fault of the worker: {error.GetType().Name}: {error.Message}",
                true,
                WorkerFunction.PauseAfter(call.Attempt)
            ),
        };
        if (name == ErrorIds.Unexpected)
        {
            Log.Fault(logger, function.Id, call.RunId, call.Attempt, error);
        }

        Log.Failed(logger, function.Id, call.RunId, call.Attempt, name, retries, message);
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        await Answers.WriteErrorAsync(
            context,
            retries ? StatusCodes.Status500InternalServerError : StatusCodes.Status400BadRequest,
            name,
            message,
            retries,
            pause
        );
    }

    // Returns the body of a signed request. Null means that the request was refused. The signature's time is checked before the
    // body is read, so that a request without one costs nothing.
    private async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context)
    {
        var header = context.Request.Headers[SignatureCheck.Header].ToString();
        if (!signatures.IsTimely(header))
        {
            Refuse(context, StatusCodes.Status401Unauthorized);
            await Answers.RefuseAsync(context, StatusCodes.Status401Unauthorized, "Unauthorized");
            return null;
        }

        var (body, refusal) = await RequestBody.ReadAsync(context, Time);
        if (refusal is null && !signatures.IsGood(header, body.Span))
        {
            refusal = StatusCodes.Status401Unauthorized;
        }

        if (refusal is { } status)
        {
            Refuse(context, status);
            if (!context.RequestAborted.IsCancellationRequested)
            {
                await Answers.RefuseAsync(
                    context,
                    status,
                    status == StatusCodes.Status401Unauthorized ? "Unauthorized" : "The request cannot be read."
                );
            }

            return null;
        }

        return body;
    }

    private void Refuse(HttpContext context, int status)
    {
        functions.Context.Telemetry.Refused(status);
        Log.Refused(logger, context.Request.Method, Options.ServePath, status);
    }
}
