<#
.SYNOPSIS
    After a failure: goes on with every sync that did not complete, repairs what the checks find, and says what is left.
.DESCRIPTION
    Run it after a crash, a full disk, a revoked token or a power cut, once the cause is gone. It reads nothing twice: a sync goes
    on from its last stored page, and a repair reads only what a check names. The settings come from the environment.

    The exit code is 0 when every check of every repository passed, 1 when one failed, 2 when something could not be done at all.
.PARAMETER Repository
    Repositories, as owner/name, with commas or spaces between them, also with wildcards. The default is every tracked repository.
.EXAMPLE
    pwsh -File docs/examples/recovery.ps1
.EXAMPLE
    pwsh -File docs/examples/recovery.ps1 'octo/*' -WhatIf
#>
[CmdletBinding(SupportsShouldProcess, PositionalBinding = $false)]
param(
    [Parameter(ValueFromRemainingArguments)] [string[]] $Repository = @('*')
)

$ErrorActionPreference = 'Stop'
try {
    $names = @(@($Repository) -split '[,\s]+').Where{ $_ }

    "1. What did not complete"
    $all = @(Get-BackfillRepository $names)
    $broken = @($all | Where-Object LastSync -NE Completed)
    $broken | Out-Default
    "$($broken.Count) of $($all.Count) repositories have no complete newest sync."

    "2. Go on with them"
    # An error of one repository must not keep the others from being completed.
    if ($broken -and $PSCmdlet.ShouldProcess($broken.Repository -join ', ', 'Sync')) {
        $broken | Start-RepoSync -ErrorAction Continue | Wait-RepoSync -ErrorAction Continue | Out-Default
    }

    "3. Repair what the checks find"
    $checks = @($all | Test-BackfillCoverage -Repair -Confirm:$false -ErrorAction Continue)
}
catch {
    $Host.UI.WriteErrorLine("$_")
    if ($_.ErrorDetails.RecommendedAction) { $Host.UI.WriteErrorLine("Recommendation: $($_.ErrorDetails.RecommendedAction)") }
    exit 2
}

if ($WhatIfPreference) { exit 0 }
$failed = @($checks | Where-Object Status -EQ Failed)
$failed | Out-Default
"$($checks.Count) checks, $($failed.Count) failed"
exit ($failed.Count -gt 0 ? 1 : 0)
