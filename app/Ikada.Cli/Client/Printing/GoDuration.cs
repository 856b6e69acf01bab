using System.Globalization;

namespace Ikada.Cli.Client.Printing;

/// <summary>A time span as Go writes it below a minute: 12.5µs, 1.270734ms, 2.001s.</summary>
internal static class GoDuration
{
    public static string Text(TimeSpan time) => time.TotalMicroseconds switch
    {
        < 1e3 => Of(time.TotalMicroseconds, "µs"),
        < 1e6 => Of(time.TotalMilliseconds, "ms"),
        _ => Of(time.TotalSeconds, "s"),
    };

    private static string Of(double amount, string unit) =>
        amount.ToString("0.#########", CultureInfo.InvariantCulture) + unit;
}
