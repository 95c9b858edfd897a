<#
.SYNOPSIS
    Builds, tests, shows, packages or measures Backfill. Each task is one or two dotnet commands.
.DESCRIPTION
    Runs in PowerShell 7.6, and in Backfill.Host.
.PARAMETER Task
    Build: the solution; the module is then in ./bin, and Import-Module ./Backfill.psd1 imports it.
    Test: every test. Demo: the quickstart. Package: the module alone in ./artifacts/Backfill, and as a zip beside it.
    Bench: the benchmarks.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Demo', 'Package', 'Bench')]
    [string] $Task = 'Build'
)

function Invoke-Dotnet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args -join ' ') ended with $LASTEXITCODE." }
}

function Copy-Folder([string] $From, [string] $To) {
    foreach ($file in [IO.Directory]::GetFiles($From, '*', 'AllDirectories')) {
        $copy = [IO.Path]::Combine($To, [IO.Path]::GetRelativePath($From, $file))
        [void] [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($copy))
        [IO.File]::Copy($file, $copy)
    }
}

$solution = [IO.Path]::Combine($PSScriptRoot, 'Backfill.Cmdlets.sln')
switch ($Task) {
    'Build' { Invoke-Dotnet build $solution }
    'Test' { Invoke-Dotnet test $solution }
    'Demo' {
        Invoke-Dotnet run --project ([IO.Path]::Combine($PSScriptRoot, 'src', 'Backfill.Host')) -- -File ([IO.Path]::Combine($PSScriptRoot, 'docs', 'examples', 'quickstart.ps1'))
    }
    'Package' {
        $module = [IO.Path]::Combine($PSScriptRoot, 'artifacts', 'Backfill')
        if ([IO.Directory]::Exists($module)) { [IO.Directory]::Delete($module, $true) }
        Invoke-Dotnet build --configuration Release ([IO.Path]::Combine($PSScriptRoot, 'src', 'Backfill.Cmdlets')) "-p:StageFolder=$module/bin/"
        Copy-Folder ([IO.Path]::Combine($PSScriptRoot, 'docs')) ([IO.Path]::Combine($module, 'docs'))
        foreach ($file in 'Backfill.psd1', 'README.md') {
            [IO.File]::Copy([IO.Path]::Combine($PSScriptRoot, $file), [IO.Path]::Combine($module, $file))
        }
        $zip = "$module.zip"
        [IO.File]::Delete($zip)
        [IO.Compression.ZipFile]::CreateFromDirectory($module, $zip, 'SmallestSize', $true)
        "The module is in $module, and in $zip."
    }
    'Bench' { Invoke-Dotnet run --configuration Release --project ([IO.Path]::Combine($PSScriptRoot, 'tests', 'Backfill.Benchmarks')) }
}
