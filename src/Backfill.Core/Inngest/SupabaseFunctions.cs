using System.Net.Http.Headers;

namespace Backfill.Core.Inngest;

/// <summary>Looks at a Supabase project's functions and key without starting anything.</summary>
internal sealed class SupabaseFunctions(InngestTransport transport, Uri project, Secret serviceKey)
{
    private const string KeyName = "SUPABASE_SERVICE_ROLE_KEY";
    private const string AddressName = "SUPABASE_URL";

    /// <summary>True when a function is deployed: a browser's preliminary request reaches it, needs no key, and runs nothing.</summary>
    /// <exception cref="BackfillException">The project does not answer.</exception>
    public async Task<bool> IsDeployedAsync(string function, CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(
            () => new HttpRequestMessage(HttpMethod.Options, new Uri(project, $"functions/v1/{function}")),
            cancellationToken
        );
        return answer.Status != 404
            && (
                answer.Status is > 0 and < 500 and not (>= 300 and < 400)
                    ? true
                    : throw InngestErrors.Of(answer, project, KeyName, AddressName, serviceKey)
            );
    }

    /// <summary>Shows the key to the project's REST root, which describes tables and reads none.</summary>
    /// <exception cref="BackfillException">The key or the address is wrong.</exception>
    public async Task ProbeKeyAsync(CancellationToken cancellationToken)
    {
        var answer = await transport.SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, new Uri(project, "rest/v1/"));
                request.Headers.Add("apikey", serviceKey.Reveal());
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", serviceKey.Reveal());
                return request;
            },
            cancellationToken
        );
        if (!answer.IsGood)
        {
            throw InngestErrors.Of(answer, project, KeyName, AddressName, serviceKey);
        }
    }
}
