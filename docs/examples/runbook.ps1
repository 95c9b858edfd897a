<#
.SYNOPSIS
    The day of the launch, or after a sync failed: look, plan, do, prove, and stop at the first thing that is wrong.
.DESCRIPTION
    With -WhatIf it only looks and plans. Without, it asks before it begins; -Confirm:$false does not ask. The settings come
    from the environment or from Connect-Backfill.

    The exit code is 0 when every check of every repository passed, 1 when one failed, 2 when something before the checks was
    wrong.
.PARAMETER Repository
    Repositories, as owner/name, with commas or spaces between them.
.PARAMETER RepositoryList
    A file with one repository per line. Empty lines and lines that begin with # are ignored.
.PARAMETER More
    The repositories that are named without a parameter.
.EXAMPLE
    pwsh -File docs/examples/runbook.ps1 octo/hello -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', PositionalBinding = $false)]
param(
    [string[]] $Repository,
    [string] $RepositoryList,
    [Parameter(ValueFromRemainingArguments)] [string[]] $More
)

$ErrorActionPreference = 'Stop'
try {
    $lines = @($Repository) + @($More)
    if ($RepositoryList) {
        $path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($RepositoryList)
        $lines += [IO.File]::ReadAllLines($path).Where{ -not $_.TrimStart().StartsWith('#') }
    }
    $names = @(@($lines) -split '[,\s]+').Where{ $_ }
    if ($names.Count -eq 0) { throw 'No repository was named. Write them as owner/name after the script, or give a file with -RepositoryList.' }

    "1. What is in force, and what the tokens have left"
    Get-BackfillContext | Out-Default
    $limits = Get-BackfillRateLimit
    $limits | Out-Default

    "2. What there is to do"
    $plans = @(Start-RepoSync $names -Track -WhatIf)
    $plans | Out-Default
    $plans | Invoke-EmbeddingBackfill | Out-Default
    # GraphQL and REST have a budget each. A server without rate limits has none.
    foreach ($budget in @{ Resource = 'GraphQL'; Unit = 'GraphQL points'; Cost = 'Points' },
                        @{ Resource = 'REST'; Unit = 'REST requests'; Cost = 'RestRequests' }) {
        $known = $limits.Where{ $_.Resource -eq $budget.Resource -and $null -ne $_.Remaining }
        $needed, $left = 0, 0
        $plans.ForEach{ $needed += $_.Estimate.($budget.Cost) }
        $known.ForEach{ $left += $_.Remaining }
        if ($known -and $needed -gt $left) {
            Write-Warning "The sync needs about $needed $($budget.Unit) and the tokens have $left left, so it will wait for the next hour."
        }
    }

    if (-not $PSCmdlet.ShouldProcess($names -join ', ', 'Sync, embed, measure and check')) { return }

    "3. Sync, embed, measure"
    $runs = Start-RepoSync $names -Track -Confirm:$false | Wait-RepoSync
    $runs | Out-Default
    foreach ($run in $runs) {
        $estimate = $plans.Where{ $_.Repository -eq $run.Repository }.Estimate
        if ($estimate) {
            "$($run.Repository): about $($estimate.Requests) requests and $($estimate.Points) points were planned; $($run.Requests) requests and $($run.Points) points were spent."
        }
    }
    $runs | Invoke-EmbeddingBackfill -Confirm:$false | Out-Default
    $runs | Update-WorkspaceMetrics -Confirm:$false | Out-Default

    "4. Prove it"
    # Every check is shown, also after one that failed.
    $checks = @($runs | Test-BackfillCoverage -ErrorAction Continue)
}
catch {
    $Host.UI.WriteErrorLine("$_")
    if ($_.ErrorDetails.RecommendedAction) { $Host.UI.WriteErrorLine("Recommendation: $($_.ErrorDetails.RecommendedAction)") }
    exit 2
}

$checks | Out-Default
exit ($checks.Where{ $_.Status -eq 'Failed' }.Count -gt 0 ? 1 : 0)
