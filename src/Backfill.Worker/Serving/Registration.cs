using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backfill.Core.Inngest;
using Backfill.Worker.Functions;
using Backfill.Worker.Operations;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Backfill.Worker.Serving;

/// <summary>What the server said to a registration.</summary>
/// <param name="Accepted">Whether the functions are registered.</param>
/// <param name="Modified">Whether the list of functions changed.</param>
/// <param name="Message">The words for an operator.</param>
internal sealed record RegistrationAnswer(bool Accepted, bool Modified, string Message);

/// <summary>Registers the functions at the Inngest server. A registration replaces all functions of the app.</summary>
internal sealed class Registration(
    FunctionList functions,
    InngestConnection connection,
    IServer server,
    ILogger<Registration> logger
)
{
    private WorkerOptions Options => functions.Context.Options;

    private InngestSettings Inngest => Options.Settings.Inngest;

    /// <summary>Gets whether the functions have been registered since the start.</summary>
    public bool IsRegistered { get; private set; }

    /// <summary>Gets the address that Inngest calls.</summary>
    public Uri Url => new(Options.ServeOrigin ?? ListeningOrigin(), Options.ServePath);

    /// <summary>Posts the functions.</summary>
    /// <param name="serverKind">The kind of server that asked; null where no server asked.</param>
    /// <param name="deployment">The id of the deployment that asked; null where none did.</param>
    public async Task<RegistrationAnswer> RegisterAsync(
        string? serverKind,
        string? deployment,
        CancellationToken cancellationToken
    )
    {
        RegistrationAnswer answer;
        try
        {
            var body = (await BodyAsync(cancellationToken)).ToJsonString();
            var path = deployment is null ? "fn/register" : $"fn/register?deployId={Uri.EscapeDataString(deployment)}";
            var response = await SendAsync(path, body, serverKind, Inngest.SigningKey, cancellationToken);
            // While keys are rotated the server may know only the other key.
            if (response.Status is 401 or 403 && Inngest.SigningKeyFallback is { } fallback)
            {
                response = await SendAsync(path, body, serverKind, fallback, cancellationToken);
            }

            answer = Read(response);
        }
        catch (BackfillException error)
        {
            answer = new RegistrationAnswer(false, false, error.Message);
        }

        if (answer.Accepted)
        {
            IsRegistered = true;
            Log.Registered(logger, functions.All.Count, Options.App, Inngest.ApiUrl.Authority, Url.AbsoluteUri);
        }

        return answer;
    }

    /// <summary>Returns whether the server still knows the app; null where it cannot be asked.</summary>
    public async Task<bool?> IsKnownAsync(CancellationToken cancellationToken)
    {
        try
        {
            return connection.Reader is { } reader
                ? await reader.TriggersAsync(Options.App, cancellationToken) is not null
                : null;
        }
        catch (BackfillException)
        {
            // The server does not respond, so it cannot be said that it forgot anything.
            return null;
        }
    }

    /// <summary>Returns the registration of the functions.</summary>
    public async Task<JsonObject> BodyAsync(CancellationToken cancellationToken)
    {
        var tracked = await CountTrackedAsync(cancellationToken);
        return new JsonObject
        {
            ["url"] = Url.AbsoluteUri,
            ["deployType"] = "ping",
            ["framework"] = "aspnetcore",
            ["appName"] = Options.App,
            ["sdk"] = Answers.Sdk,
            ["v"] = "0.1",
            ["capabilities"] = new JsonObject { ["trust_probe"] = "v1" },
            ["functions"] = new JsonArray([.. functions.All.Select(one => Describe(one, tracked))]),
        };
    }

    private JsonObject Describe(WorkerFunction function, long tracked)
    {
        var id = functions.Context.IdOf(function.Id);
        var described = function.Options(tracked);
        described["id"] = id;
        described["name"] = function.Name;
        described["steps"] = new JsonObject
        {
            ["step"] = new JsonObject
            {
                ["id"] = "step",
                ["name"] = "step",
                ["runtime"] = new JsonObject
                {
                    ["type"] = "http",
                    ["url"] = $"{Url.AbsoluteUri}?fnId={Uri.EscapeDataString(id)}&stepId=step",
                },
                ["retries"] = new JsonObject { ["attempts"] = function.Retries },
            },
        };
        return described;
    }

    // The number only sets the pace of the nightly round. Before the first migration there are no tables to count.
    private async Task<long> CountTrackedAsync(CancellationToken cancellationToken)
    {
        const int PerPage = 10_000;
        var (count, after) = (0L, Guid.Empty);
        try
        {
            while (true)
            {
                var page = await functions.Context.Engine.TrackedAsync(
                    Options.Settings,
                    after,
                    PerPage,
                    cancellationToken
                );
                count += page.Count;
                if (page.Count < PerPage)
                {
                    return count;
                }

                after = page[^1].Id;
            }
        }
        catch (BackfillException error)
        {
            Log.EngineReports(logger, error.ErrorId, error.Message);
            return count;
        }
    }

    private Task<InngestAnswer> SendAsync(
        string path,
        string body,
        string? serverKind,
        Secret? key,
        CancellationToken cancellationToken
    ) =>
        connection.Transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Inngest.ApiUrl, path))
                {
                    Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json),
                };
                request.Headers.Authorization = key is null ? null : SigningKey.Bearer(key);
                InngestHeaders.Add(request, Inngest);
                request.Headers.Remove("X-Inngest-Sdk");
                request.Headers.Add("X-Inngest-Sdk", Answers.Sdk);
                request.Headers.Add("X-Inngest-Framework", "aspnetcore");
                request.Headers.Add("X-Inngest-Sync-Kind", "out_of_band");
                if (serverKind is not null)
                {
                    request.Headers.TryAddWithoutValidation("X-Inngest-Expected-Server-Kind", serverKind);
                }

                return request;
            },
            cancellationToken
        );

    private RegistrationAnswer Read(InngestAnswer response)
    {
        if (response.IsGood)
        {
            try
            {
                var said = JsonNode.Parse(response.Body) as JsonObject;
                if (said?["ok"]?.GetValueKind() == JsonValueKind.True)
                {
                    return new RegistrationAnswer(
                        true,
                        said["modified"]?.GetValueKind() == JsonValueKind.True,
                        "Successfully registered"
                    );
                }
            }
            catch (JsonException)
            {
                // Another server's page. The error below says so.
            }

            return new RegistrationAnswer(
                false,
                false,
                $"{Inngest.ApiUrl.Authority} does not answer a registration as Inngest does. Check INNGEST_BASE_URL."
            );
        }

        return new RegistrationAnswer(
            false,
            false,
            InngestErrors
                .Of(
                    response,
                    Inngest.ApiUrl,
                    RunReader.KeyName,
                    Inngest.Dev ? "INNGEST_DEV" : "INNGEST_API_BASE_URL",
                    Inngest.SigningKey,
                    Inngest.SigningKeyFallback
                )
                .Message
        );
    }

    // Without INNGEST_SERVE_ORIGIN the worker names the address at which it listens. An address that stands for all of the
    // machine's is replaced by the machine's name.
    private Uri ListeningOrigin()
    {
        var address =
            server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
            ?? throw new InvalidOperationException("The worker does not listen yet.");
        var parts = BindingAddress.Parse(address);
        var host = parts.Host switch
        {
            "+" or "*" => Dns.GetHostName(),
            var text
                when IPAddress.TryParse(text.Trim('[', ']'), out var ip)
                    && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any)) => Dns.GetHostName(),
            var text => text,
        };
        return new UriBuilder(parts.Scheme, host, parts.Port).Uri;
    }
}
