<#
.SYNOPSIS
    Fills a large repository in phases: what is recent is usable after minutes, the whole history follows.
.DESCRIPTION
    Each phase goes on where the one before ended, so that no history is read twice, and an interrupted script can simply be
    started again. The settings come from the environment.
.PARAMETER Repository
    Repositories, as owner/name.
.PARAMETER Phase
    How far back each phase reaches.
.EXAMPLE
    dotnet run --project src/Backfill.Host -- -File docs/examples/phased.ps1 octo/hello
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string[]] $Repository,
    [string[]] $Phase = @('30d', '90d', 'all')
)

$ErrorActionPreference = 'Stop'
Initialize-BackfillDatabase | Out-Default
foreach ($range in $Phase) {
    "Back to: $range"
    $runs = Start-RepoSync $Repository -Track -TimeRange $range | Wait-RepoSync
    $runs | Out-Default
    $runs | Invoke-EmbeddingBackfill | Out-Default
    $runs | Update-WorkspaceMetrics | Out-Default
}

"What is stored now"
$runs | Test-BackfillCoverage | Out-Default
