using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Backfill.Core.Embedding;

/// <summary>
/// Finds ONNX Runtime's own library beside the engine, below <c>runtimes/(platform)/native</c>: in a load context of one's
/// own the runtime does not look there.
/// </summary>
internal static class OnnxRuntimeLibrary
{
    private const string Name = "onnxruntime";

    private static readonly Lazy<bool> Registered = new(() =>
    {
        AssemblyLoadContext.GetLoadContext(typeof(OnnxRuntimeLibrary).Assembly)!.ResolvingUnmanagedDll += Resolve;
        return true;
    });

    /// <summary>Makes it findable, once in a process.</summary>
    public static bool Register() => Registered.Value;

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
        var path = Path.Combine(
            Path.GetDirectoryName(typeof(OnnxRuntimeLibrary).Assembly.Location)!,
            "runtimes",
            platform,
            "native",
            file
        );
        return File.Exists(path) && NativeLibrary.TryLoad(path, out var library) ? library : 0;
    }
}
