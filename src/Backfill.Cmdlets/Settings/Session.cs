namespace Backfill.Cmdlets.Settings;

/// <summary>The settings of <c>Connect-Backfill</c>, for every runspace of the process.</summary>
internal static class Session
{
    /// <summary>Gets the settings of the last <c>Connect-Backfill</c>, or null.</summary>
    internal static BackfillSettings? Connected { get; set; }
}
