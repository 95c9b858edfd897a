<#
.SYNOPSIS
    Keeps repositories complete, for cron, a scheduled task or a container's entry point.
.DESCRIPTION
    The settings come from the environment; nothing is asked for. Progress and errors go to standard error, the checks to a
    report. A repository that fails does not keep the others from being completed.

    The exit code is 0 when every check of every repository passed, 1 when one failed, 2 when something could not be done at
    all. A repository that was named and could not be checked has a failed check.

    cron:            15 3 * * *  pwsh -NonInteractive -File /opt/backfill/scheduled-task.ps1 octo/hello
    Task Scheduler:  program pwsh.exe, arguments as above
.PARAMETER Repository
    Repositories, as owner/name, with commas or spaces between them.
.PARAMETER RepositoryList
    A file with one repository per line. Empty lines and lines that begin with # are ignored.
.PARAMETER Report
    A file for the checks, one line each, with tabs between the fields.
.PARAMETER More
    The repositories that are named without a parameter.
.EXAMPLE
    pwsh -File docs/examples/scheduled-task.ps1 octo/hello octo/world -Report checks.tsv
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [string[]] $Repository,
    [string] $RepositoryList,
    [string] $Report,
    [Parameter(ValueFromRemainingArguments)] [string[]] $More
)

try {
    $lines = @($Repository) + @($More)
    if ($RepositoryList) {
        $path = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($RepositoryList)
        $lines += [IO.File]::ReadAllLines($path).Where{ -not $_.TrimStart().StartsWith('#') }
    }
    $names = @(@($lines) -split '[,\s]+').Where{ $_ }
    if ($names.Count -eq 0) { throw 'No repository was named. Write them as owner/name after the script, or give a file with -RepositoryList.' }

    $checks = @(Start-RepoSync $names -Track | Wait-RepoSync | Invoke-EmbeddingBackfill | Update-WorkspaceMetrics | Test-BackfillCoverage)
    if ($checks.Count -eq 0) { throw 'Nothing was checked, so nothing is proven. The errors above say why.' }

    if ($Report) {
        [IO.File]::WriteAllLines(
            $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Report),
            [string[]] $checks.ForEach{ $_.Repository, $_.Check, $_.Status, $_.Expected, $_.Actual, $_.Advice -join "`t" })
    }
}
catch {
    # An error after which nothing more could succeed: a missing setting, a database that cannot be reached.
    $Host.UI.WriteErrorLine("$_")
    if ($_.ErrorDetails.RecommendedAction) { $Host.UI.WriteErrorLine("Recommendation: $($_.ErrorDetails.RecommendedAction)") }
    exit 2
}

$failed = $checks.Where{ $_.Status -eq 'Failed' }
"$($checks.Count) checks, $($failed.Count) failed"
exit ($failed.Count -gt 0 ? 1 : 0)
