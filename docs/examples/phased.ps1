<#
.SYNOPSIS
    Fills large repositories in phases: what is recent is usable after minutes, the whole history follows.
.DESCRIPTION
    Each phase goes on where the one before ended, so that no history is read twice, and an interrupted script can simply be
    started again. The settings come from the environment.

    The exit code is 0 when every check of every repository passed, 1 when one failed, 2 when a phase could not be completed.
.PARAMETER Repository
    Repositories, as owner/name, with commas or spaces between them.
.PARAMETER RepositoryList
    A file with one repository per line. Empty lines and lines that begin with # are ignored.
.PARAMETER Phase
    How far back each phase reaches.
.PARAMETER More
    The repositories that are named without a parameter.
.EXAMPLE
    pwsh -File docs/examples/phased.ps1 octo/hello
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [string[]] $Repository,
    [string] $RepositoryList,
    [string[]] $Phase = @('30d', '90d', 'all'),
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

    Initialize-BackfillDatabase | Out-Default
    foreach ($range in @($Phase -split '[,\s]+').Where{ $_ }) {
        "Back to: $range"
        $runs = Start-RepoSync $names -Track -TimeRange $range | Wait-RepoSync
        $runs | Out-Default
        $runs | Invoke-EmbeddingBackfill | Out-Default
        $runs | Update-WorkspaceMetrics | Out-Default
    }

    "What is stored now"
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
