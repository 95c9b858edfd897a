using System.Text.Encodings.Web;
using System.Text.Json;
using Backfill.Core.GitHub;

namespace Backfill.Core.Sync.Writing;

/// <summary>Makes the values of the JSON columns, in the shapes that the app reads.</summary>
internal static class JsonColumns
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Returns an array of objects with id, name and color; null where GitHub sent no list.</summary>
    public static string? Labels(Connection<LabelNode>? labels) =>
        labels?.Nodes is null
            ? null
            : JsonSerializer.Serialize(
                labels
                    .Nodes.OfType<LabelNode>()
                    .Select(label => new
                    {
                        label.Id,
                        Name = StoredText.Replaced(label.Name),
                        label.Color,
                    }),
                Options
            );

    /// <summary>Returns an array of objects with id, login and avatar_url; null where GitHub sent no list.</summary>
    public static string? Assignees(Connection<AccountNode>? assignees, AccountRows accounts) =>
        assignees?.Nodes is null
            ? null
            : JsonSerializer.Serialize(
                assignees
                    .Nodes.Select(accounts.Find)
                    .OfType<AccountRow>()
                    .Select(account => new
                    {
                        Id = account.GitHubId,
                        account.Login,
                        account.AvatarUrl,
                    }),
                Options
            );

    /// <summary>Returns an object with number and title; null where there is no milestone.</summary>
    public static string? Milestone(MilestoneNode? milestone) =>
        milestone is null
            ? null
            : JsonSerializer.Serialize(new { milestone.Number, Title = StoredText.Replaced(milestone.Title) }, Options);
}
