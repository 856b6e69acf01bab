using System.Globalization;

namespace Ikada.Cli.Client.Printing;

/// <summary>Bytes as etcdctl writes them: 776 B, 1.5 kB, 25 MB.</summary>
internal static class Sizes
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    public static string Text(long bytes)
    {
        var (amount, unit) = ((double)bytes, 0);
        for (; amount >= 1000 && unit < Units.Length - 1; unit++)
        {
            amount /= 1000;
        }

        var rounded = Math.Floor((amount * 10) + 0.5) / 10;
        // Go rounds halves to even.
        var text = unit > 0 && rounded < 10
            ? rounded.ToString("0.0", CultureInfo.InvariantCulture)
            : Math.Round(rounded, MidpointRounding.ToEven).ToString("0", CultureInfo.InvariantCulture);
        return $"{text} {Units[unit]}";
    }
}
