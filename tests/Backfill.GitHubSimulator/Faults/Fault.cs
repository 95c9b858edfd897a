using System.Text;
using Backfill.Simulation.Server;

namespace Backfill.Simulation.Faults;

/// <summary>A way in which GitHub goes wrong.</summary>
/// <param name="Name">For <c>--fault</c>.</param>
/// <param name="Description">What it does, with the meaning of its parameter.</param>
/// <param name="IsFor">Whether a request can meet it at all.</param>
/// <param name="Apply">Makes the answer: from the good one, or without asking for it.</param>
/// <param name="Lasts">It is met by every request from the first one on, whatever the rule's count: its memory says when it ends.</param>
/// <param name="Replaces">It makes an answer of its own, to which others that a request meets are applied.</param>
internal sealed record Fault(
    string Name,
    string Description,
    Func<FaultRequest, FaultRule, bool> IsFor,
    Func<FaultCall, Task<Answer>> Apply,
    bool Lasts = false,
    bool Replaces = false
)
{
    /// <summary>An answer in place of the good one.</summary>
    public static Fault Instead(
        string name,
        string description,
        Func<FaultCall, Answer> make,
        Func<FaultRequest, FaultRule, bool>? isFor = null
    ) => new(name, description, isFor ?? Always, call => Task.FromResult(make(call)), Replaces: true);

    /// <summary>The good answer, changed.</summary>
    public static Fault After(
        string name,
        string description,
        Func<Answer, FaultCall, Answer> change,
        Func<FaultRequest, FaultRule, bool>? isFor = null
    ) => new(name, description, isFor ?? Always, async call => change(await call.NextAsync(), call));

    /// <summary>The good answer with another body; not met where <paramref name="edit"/> says that it changed nothing.</summary>
    public static Fault Edited(
        string name,
        string description,
        Func<Dictionary<string, object?>, FaultCall, bool> edit,
        Func<FaultRequest, FaultRule, bool>? isFor = null,
        bool lasts = false
    ) =>
        new(
            name,
            description,
            isFor ?? GraphQLOnly,
            async call =>
            {
                var answer = await call.NextAsync();
                return answer.Status == 200 && JsonTree.Parse(answer.Body) is { } root && edit(root, call)
                    ? answer with
                    {
                        Body = JsonBody.Of(root),
                    }
                    : call.Pass(answer);
            },
            lasts
        );

    public static bool Always(FaultRequest request, FaultRule rule) => true;

    public static bool GraphQLOnly(FaultRequest request, FaultRule rule) => request.Kind == RequestKind.GraphQL;

    public static bool RestOnly(FaultRequest request, FaultRule rule) => request.Kind == RequestKind.Rest;

    public static Answer Json(int status, string json) => Answer.Json(status, Encoding.UTF8.GetBytes(json));
}

/// <summary>A fault and the request that meets it.</summary>
internal sealed class FaultCall(FaultRule rule, FaultMemory memory, Exchange exchange, Func<Task<Answer>> next)
{
    public FaultRule Rule => rule;

    public FaultMemory Memory => memory;

    public Exchange Exchange => exchange;

    public FaultRequest Request => exchange.Request;

    /// <summary>False where the fault was not asked or left the answer as it was.</summary>
    public bool IsMet { get; private set; }

    /// <summary>The rule's parameter or the fault's own default.</summary>
    public int Parameter(int otherwise) => rule.Parameter ?? otherwise;

    public Task<Answer> AnswerAsync(Fault fault)
    {
        IsMet = true;
        return fault.Apply(this);
    }

    /// <summary>The answer without this fault.</summary>
    public Task<Answer> NextAsync() => next();

    /// <summary>Leaves an answer as it is.</summary>
    public Answer Pass(Answer answer)
    {
        IsMet = false;
        return answer;
    }
}
