<#
.SYNOPSIS
    The day of the launch, or after a sync failed: look, plan, do, prove, and stop at the first thing that is wrong.
.DESCRIPTION
    With -WhatIf it only looks and plans. Without, it asks before it begins; -Confirm:$false does not ask. The settings come
    from the environment or from Connect-Backfill.
.PARAMETER Repository
    The repository, as owner/name.
.EXAMPLE
    dotnet run --project src/Backfill.Host -- -File docs/examples/runbook.ps1 octo/hello -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param([Parameter(Mandatory)] [string] $Repository)

$ErrorActionPreference = 'Stop'

"1. What is in force, and what the tokens have left"
Get-BackfillContext | Out-Default
$limits = Get-BackfillRateLimit
$limits | Out-Default

"2. What there is to do"
$plan = Start-RepoSync $Repository -Track -WhatIf
$plan | Out-Default
$plan | Invoke-EmbeddingBackfill | Out-Default
$left = 0
$limits.Where{ $_.Resource -eq 'graphql' }.ForEach{ $left += $_.Remaining }
if ($plan.Estimate.Points -gt $left) {
    "It needs about $($plan.Estimate.Points) points and the tokens have $left left: it will wait for the next hour in between."
}

if (-not $PSCmdlet.ShouldProcess($Repository, 'Sync, embed, measure and check')) { return }

"3. Sync, embed, measure"
$run = Start-RepoSync $Repository -Track -Confirm:$false | Wait-RepoSync
$run | Out-Default
$run | Invoke-EmbeddingBackfill -Confirm:$false | Out-Default
$run | Update-WorkspaceMetrics -Confirm:$false | Out-Default

"4. Prove it"
$run | Test-BackfillCoverage | Out-Default
