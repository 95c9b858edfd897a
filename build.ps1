<#
.SYNOPSIS
    Builds, tests, shows, packages or measures Backfill. Each task is a few dotnet commands.
.DESCRIPTION
    Runs in PowerShell 7.6. In a checkout, "dotnet tool restore" brings one: dotnet pwsh build.ps1
.PARAMETER Task
    Build: the solution; the module is then in ./bin, and Import-Module ./Backfill.psd1 imports it.
    Test: every test.
    Demo: the quickstart.
    Package: the module and its optional part for local models, as folders and as packages for Install-PSResource.
    Bench: the benchmarks.
.PARAMETER OutputFolder
    Where Package writes. Its subfolders Backfill and Backfill.OnnxRuntime are replaced.
.EXAMPLE
    ./build.ps1
.EXAMPLE
    ./build.ps1 -Task Package
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Demo', 'Package', 'Bench')]
    [string] $Task = 'Build',

    [string] $OutputFolder = (Join-Path $PSScriptRoot 'artifacts')
)

$ErrorActionPreference = 'Stop'

function Invoke-Dotnet {
    & dotnet @args | Out-Host
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args -join ' ') ended with $LASTEXITCODE." }
}

function Get-ProjectProperty([string] $Name) {
    (dotnet msbuild (Join-Path $PSScriptRoot 'src/Backfill.Core') "-getProperty:$Name").Trim()
}

# The engine and Npgsql compiled ahead of time, which the module prefers on this platform. A runtime refuses the assembly of another
# platform, so it has a folder of its own. A build for a platform has other packages, so it has its own lock file and is built beside
# the checkout's own build.
function Publish-Compiled([string] $Module) {
    $platform = 'linux-x64'
    $build = Join-Path $PSScriptRoot 'artifacts/compiled'
    Invoke-Dotnet publish (Join-Path $PSScriptRoot 'src/Backfill.Core') --configuration Release --runtime $platform --no-self-contained `
        --artifacts-path $build '-p:PublishReadyToRun=true' '-p:ContinuousIntegrationBuild=true' '-p:NuGetLockFilePath=obj/compiled.lock.json' `
        '-p:RestoreLockedMode=false' '-p:RunAnalyzers=false'
    $target = New-Item (Join-Path $Module "bin/dependencies/$platform") -ItemType Directory
    'Backfill.Core.dll', 'Npgsql.dll' | ForEach-Object { Copy-Item (Join-Path $build "publish/Backfill.Core/release_$platform/$_") $target }
}

# What only runs in a checkout stays there: the quickstart needs the simulator.
function Copy-Documentation([string] $Module) {
    Copy-Item (Join-Path $PSScriptRoot 'Backfill.psd1'), (Join-Path $PSScriptRoot 'README.md') $Module
    Copy-Item (Join-Path $PSScriptRoot 'docs') $Module -Recurse
    Remove-Item (Join-Path $Module 'docs/examples/quickstart.ps1')
}

# The bill of materials of what the module ships, without the time of its making.
function Write-BillOfMaterials([string] $Module, [string] $Version) {
    $file = Join-Path $Module 'bom.json'
    Invoke-Dotnet dotnet-CycloneDX (Join-Path $PSScriptRoot 'src/Backfill.Core/Backfill.Core.csproj') --output $Module --filename bom.json `
        --output-format Json --disable-package-restore --no-serial-number --set-name Backfill --set-version $Version
    $bill = Get-Content $file -Raw | ConvertFrom-Json -DateKind String
    $bill.metadata.PSObject.Properties.Remove('timestamp')
    # Analyzers are not shipped, and ONNX Runtime's natives are in the other package, with their own licence.
    $bill.components = @($bill.components | Where-Object { $_.scope -ne 'excluded' -and $_.name -ne 'Microsoft.ML.OnnxRuntime' } | Sort-Object name)
    $bill.dependencies = @($bill.dependencies | Where-Object ref -In @('Backfill@' + $Version; $bill.components.'bom-ref') | Sort-Object ref)
    $bill.dependencies | Where-Object dependsOn | ForEach-Object {
        $_.dependsOn = @($_.dependsOn | Where-Object { $_ -in $bill.components.'bom-ref' } | Sort-Object)
    }
    [IO.File]::WriteAllText($file, (($bill | ConvertTo-Json -Depth 20) -replace "`r`n", "`n") + "`n")
    $bill.components
}

function Write-ThirdPartyNotices([string] $Module, [object[]] $Components) {
    $packages = Get-ProjectProperty NuGetPackageRoot
    $lines = @(
        'Backfill contains these packages. Each is the property of its authors and comes under its own licence.'
        foreach ($component in $Components) {
            $licences = @($component.licenses | ForEach-Object { $_.expression ?? $_.license.id ?? $_.license.name })
            # A package that brings its licence as a file: the file's first line is the licence's name.
            $file = Join-Path $packages "$($component.name.ToLowerInvariant())/$($component.version)/LICENSE.txt"
            if (-not $licences -and (Test-Path $file)) { $licences = Get-Content $file -TotalCount 1 }
            if (-not $licences) { throw "The licence of $($component.name) $($component.version) is not known." }
            ''
            "$($component.name) $($component.version)"
            "Licence: $($licences -join ', ')"
            if ($component.copyright) { $component.copyright }
            $component.externalReferences.ForEach{ $_.url } | Select-Object -First 1
        }
    )
    [IO.File]::WriteAllText((Join-Path $Module 'THIRD-PARTY-NOTICES.txt'), ($lines -join "`n") + "`n")
}

function Write-OnnxRuntimeModule([string] $Folder, [hashtable] $Manifest) {
    $package = Get-ProjectProperty PkgMicrosoft_ML_OnnxRuntime
    Copy-Item (Join-Path $package 'LICENSE'), (Join-Path $package 'ThirdPartyNotices.txt') $Folder
    $text = @"
@{
    ModuleVersion     = '$($Manifest.ModuleVersion)'
    GUID              = '3f0c3c0a-5d0e-4c6e-9d5b-5b1a3c2f7e64'
    Author            = '$($Manifest.Author)'
    Copyright         = 'ONNX Runtime: see LICENSE and ThirdPartyNotices.txt'
    Description       = 'The native libraries of ONNX Runtime, with which Invoke-EmbeddingBackfill -Provider Onnx runs a model of this machine. It has no commands.'
    PowerShellVersion = '$($Manifest.PowerShellVersion)'
    CmdletsToExport   = @()
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
    PrivateData       = @{ PSData = @{ Prerelease = '$($Manifest.PrivateData.PSData.Prerelease)'; Tags = @('Backfill', 'ONNX', 'PSEdition_Core', 'Linux', 'Windows', 'MacOS') } }
}
"@
    [IO.File]::WriteAllText((Join-Path $Folder 'Backfill.OnnxRuntime.psd1'), ($text -replace "`r`n", "`n") + "`n")
}

# Packs a module, and packs it again so that two builds of one commit give the same bytes: the entries and the content types in
# order, one time for all, and no properties, which hold a random name and the system of this machine.
function Compress-Module([string] $Module) {
    $file = Compress-PSResource -Path $Module -DestinationPath $OutputFolder -PassThru
    $entries = [Collections.Generic.SortedDictionary[string, byte[]]]::new([StringComparer]::Ordinal)
    $zip = [IO.Compression.ZipFile]::OpenRead($file.FullName)
    foreach ($entry in $zip.Entries.Where{ $_.Name -notlike '*.psmdcp' }) {
        $copy = [IO.MemoryStream]::new()
        $stream = $entry.Open()
        $stream.CopyTo($copy)
        $stream.Dispose()
        $entries[$entry.FullName] = $copy.ToArray()
    }

    $zip.Dispose()
    $utf8 = [Text.UTF8Encoding]::new($false)
    $types = $utf8.GetString($entries['[Content_Types].xml']) -split "`r?`n"
    $entries['[Content_Types].xml'] = $utf8.GetBytes(($types[0..1] + ($types[2..($types.Count - 2)] | Sort-Object) + $types[-1]) -join "`n")
    $relations = $utf8.GetString($entries['_rels/.rels']) -replace '(?m)^\s*<Relationship [^>]*\.psmdcp[^>]*/>\r?\n', ''
    $entries['_rels/.rels'] = $utf8.GetBytes($relations)
    Remove-Item $file
    $zip = [IO.Compression.ZipFile]::Open($file.FullName, 'Create')
    foreach ($name in $entries.Keys) {
        $entry = $zip.CreateEntry($name, 'SmallestSize')
        $entry.LastWriteTime = [DateTimeOffset]::new(1980, 1, 1, 0, 0, 0, [TimeSpan]::Zero)
        $stream = $entry.Open()
        $stream.Write($entries[$name])
        $stream.Dispose()
    }

    $zip.Dispose()
    $file
}

$solution = Join-Path $PSScriptRoot 'Backfill.Cmdlets.sln'
switch ($Task) {
    'Build' { Invoke-Dotnet build $solution }
    'Test' { Invoke-Dotnet test $solution }
    'Demo' { Invoke-Dotnet run --project (Join-Path $PSScriptRoot 'src/Backfill.Host') -- -File (Join-Path $PSScriptRoot 'docs/examples/quickstart.ps1') }
    'Package' {
        Push-Location $PSScriptRoot
        try {
            $OutputFolder = [IO.Path]::GetFullPath($OutputFolder)
            $manifest = Import-PowerShellDataFile (Join-Path $PSScriptRoot 'Backfill.psd1')
            $module, $onnxRuntime = 'Backfill', 'Backfill.OnnxRuntime' | ForEach-Object { Join-Path $OutputFolder $_ }
            $module, $onnxRuntime | Where-Object { Test-Path $_ } | Remove-Item -Recurse
            Remove-Item (Join-Path $OutputFolder 'Backfill*.nupkg') -ErrorAction Ignore
            Invoke-Dotnet build --configuration Release (Join-Path $PSScriptRoot 'src/Backfill.Cmdlets') '-p:ContinuousIntegrationBuild=true' `
                "-p:StageFolder=$module/bin/" "-p:OnnxRuntimeFolder=$onnxRuntime/"
            Publish-Compiled $module
            Copy-Documentation $module
            Write-ThirdPartyNotices $module (Write-BillOfMaterials $module "$($manifest.ModuleVersion)-$($manifest.PrivateData.PSData.Prerelease)")
            Write-OnnxRuntimeModule $onnxRuntime $manifest
            $module, $onnxRuntime | ForEach-Object { Compress-Module $_ } | ForEach-Object { "$($_.FullName): $($_.Length) bytes" }
        }
        finally {
            Pop-Location
        }
    }
    'Bench' { Invoke-Dotnet run --configuration Release --project (Join-Path $PSScriptRoot 'tests/Backfill.Benchmarks') }
}
