using System.Globalization;

namespace Backfill.Benchmarks;

/// <summary>Lines of figures, each with its target and what it was made from.</summary>
internal static class Table
{
    public static void Show(string what, string value, string target, string from) =>
        Console.WriteLine($"{what, -48}{value, 10}  {target, -18}{from}");

    public static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
