using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Backfill.Core.Embedding.Providers;

/// <summary>
/// Finds ONNX Runtime's native library, for which .NET does not look in a load context of one's own. The library is beside the
/// engine in a checkout, and in the module Backfill.OnnxRuntime where the modules are installed.
/// </summary>
internal static class OnnxRuntimeLibrary
{
    private const string Name = "onnxruntime";
    private const string Module = "Backfill.OnnxRuntime";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        AssemblyLoadContext.GetLoadContext(typeof(OnnxRuntimeLibrary).Assembly)!.ResolvingUnmanagedDll += Resolve;
        return true;
    });

    /// <summary>Gets the version of the module that has the library. It is this module's own: managed and native part belong together.</summary>
    public static string ModuleVersion { get; } = typeof(OnnxRuntimeLibrary).Assembly.GetName().Version!.ToString(3);

    /// <summary>Makes the library findable, once per process.</summary>
    public static bool Register() => Registered.Value;

    /// <summary>Returns the folders that can hold the library, the engine's own first.</summary>
    /// <param name="engineFolder">The folder of the engine: bin/dependencies below the module's folder.</param>
    /// <param name="modulePath">The folders in which PowerShell looks for modules, as in PSModulePath.</param>
    public static IEnumerable<string> Folders(string engineFolder, string? modulePath)
    {
        var module = Path.GetFullPath(Path.Combine(engineFolder, "..", ".."));
        // Beside Backfill as a copied folder, beside Backfill/<version> as installed, and wherever else modules are.
        string?[] roots =
        [
            Path.GetDirectoryName(module),
            Path.GetDirectoryName(Path.GetDirectoryName(module)),
            .. (modulePath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
        return roots
            .OfType<string>()
            .SelectMany(root => (string[])[Path.Combine(root, Module, ModuleVersion), Path.Combine(root, Module)])
            .Prepend(engineFolder);
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (!string.Equals(Path.GetFileNameWithoutExtension(name), Name, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        var (system, file) =
            OperatingSystem.IsWindows() ? ("win", $"{Name}.dll")
            : OperatingSystem.IsMacOS() ? ("osx", $"lib{Name}.dylib")
            : ("linux", $"lib{Name}.so");
        var platform = $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        var path = Folders(
                Path.GetDirectoryName(typeof(OnnxRuntimeLibrary).Assembly.Location)!,
                Environment.GetEnvironmentVariable("PSModulePath")
            )
            .Select(folder => Path.Combine(folder, "runtimes", platform, "native", file))
            .FirstOrDefault(File.Exists);
        return path is not null && NativeLibrary.TryLoad(path, out var library) ? library : 0;
    }
}
