using System.CommandLine;

namespace Ikada.Bench;

/// <summary>Options that several commands have.</summary>
internal static class Options
{
    public static Option<double> Seconds(double otherwise) => new("--seconds")
    {
        Description = $"How long each figure is measured, 0.1 to 600 (default {otherwise}).",
        HelpName = "S",
        DefaultValueFactory = _ => otherwise,
    };

    public static Option<double> WarmUp(double otherwise) => new("--warm-up")
    {
        Description = "How long fresh servers are under load before they are measured, 0.1 to 600 "
            + $"(default {otherwise}).",
        HelpName = "S",
        DefaultValueFactory = _ => otherwise,
    };

    public static Option<int> Whole(string name, string description, int otherwise) => new(name)
    {
        Description = $"{description} (default {otherwise}).",
        HelpName = "N",
        DefaultValueFactory = _ => otherwise,
    };

    public static Option<string?> Text(string name, string what, string description) => new(name)
    {
        Description = description,
        HelpName = what,
    };

    public static TimeSpan Window(ParseResult parsed, Option<double> seconds) => Time(parsed, seconds);

    public static TimeSpan WarmUp(ParseResult parsed, Option<double> warmUp) => Time(parsed, warmUp);

    public static int Value(ParseResult parsed, Option<int> option, int min, int max) =>
        parsed.GetValue(option) is var given && given >= min && given <= max
            ? given
            : throw new BenchException($"{option.Name}: {given} is not from {min} to {max}");

    private static TimeSpan Time(ParseResult parsed, Option<double> option) =>
        parsed.GetValue(option) is >= 0.1 and <= 600 and var given
            ? TimeSpan.FromSeconds(given)
            : throw new BenchException($"{option.Name}: {parsed.GetValue(option)} is not from 0.1 to 600");
}
