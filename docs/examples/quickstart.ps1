<#
.SYNOPSIS
    The whole pipeline on one repository: track, sync, embed, measure, prove.
.DESCRIPTION
    Without parameters it works on a private PostgreSQL and on the project's own GitHub simulator, which it starts and stops
    itself: nothing leaves the machine. It needs a checkout that is built, and runs in pwsh 7.6 and in Backfill.Host.
.PARAMETER Repository
    A repository of the live service, as owner/name; GITHUB_TOKEN has to be set.
.PARAMETER Data
    An archive of a real repository (json or json.gz) for the simulator to serve instead of its generated sample.
.EXAMPLE
    dotnet run --project src/Backfill.Host -- -File docs/examples/quickstart.ps1
.EXAMPLE
    dotnet run --project src/Backfill.Host -- -File docs/examples/quickstart.ps1 -Repository octokit/octokit.net
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Position = 0)] [string] $Repository,
    [string] $Data
)

$root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', '..'))
if (-not (Get-Module Backfill)) {
    Import-Module ([IO.Path]::Combine($root, 'Backfill.psd1')) -ErrorAction Stop
}

function Start-Simulator {
    $program = [IO.Directory]::GetFiles(
        [IO.Path]::Combine($root, 'tests', 'Backfill.GitHubSimulator', 'bin'), 'Backfill.GitHubSimulator.dll', 'AllDirectories')[0]
    if (-not $program) { throw 'The simulator is not built: run dotnet build first.' }
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.ArgumentList.Add($program)
    # It ends with this process, whatever happens to it.
    $start.ArgumentList.Add('--exit-with-stdin')
    if ($Data) {
        $start.ArgumentList.Add('--data')
        $start.ArgumentList.Add([IO.Path]::GetFullPath($Data))
    }
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $listening, $serving = $process.StandardOutput.ReadLine(), $process.StandardOutput.ReadLine()
    if ("$listening $serving" -notmatch 'listening on (?<url>\S+) serving (?<repository>\S+)') {
        throw "The simulator did not start: $listening $serving"
    }
    [pscustomobject] @{ Process = $process; Url = [uri] $Matches.url; Repository = $Matches.repository }
}

$simulator = $null
try {
    if ($Repository) {
        if (-not ($env:GITHUB_TOKEN -or $env:GH_TOKEN)) { throw 'Set GITHUB_TOKEN to read a repository of the live service.' }
        Connect-Backfill -Local | Out-Null
    }
    else {
        $simulator = Start-Simulator
        Connect-Backfill -Local -GitHubApiUrl $simulator.Url -GitHubToken 'simulated' | Out-Null
        $Repository = $simulator.Repository
    }

    "1. A private database with the tool's tables"
    Initialize-BackfillDatabase | Out-Default

    "2. What it would cost (a dry run changes nothing)"
    Start-RepoSync $Repository -Track -WhatIf | Out-Default

    "3. Track it, in a workspace"
    Register-BackfillRepository $Repository -Workspace 'Quickstart' | Out-Default

    "4. Sync, embed, measure"
    $run = Start-RepoSync $Repository | Wait-RepoSync
    $run | Out-Default
    if ($run.Counts.Where{ $_.Added + $_.Updated }.Count -eq 0) { 'Nothing to do: GitHub has nothing that is not stored.' }
    $run | Invoke-EmbeddingBackfill | Out-Default
    $run | Update-WorkspaceMetrics | Out-Default

    "5. Prove that nothing is missing"
    $run | Test-BackfillCoverage | Out-Default
}
finally {
    if ($simulator) {
        $simulator.Process.StandardInput.Close()
        $simulator.Process.WaitForExit()
    }
}
