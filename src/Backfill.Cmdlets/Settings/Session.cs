namespace Backfill.Cmdlets.Settings;

/// <summary>What <c>Connect-Backfill</c> set, for every runspace of the process.</summary>
internal static class Session
{
    /// <summary>The settings of the last <c>Connect-Backfill</c>, or null.</summary>
    internal static BackfillSettings? Connected { get; set; }
}
