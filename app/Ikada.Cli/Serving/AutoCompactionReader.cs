namespace Ikada.Cli.Serving;

/// <summary>What is left by compactions that a server does by itself, from its two flags.</summary>
internal static class AutoCompactionReader
{
    private const string Retention = "auto-compaction-retention";

    /// <summary>Zero: not by time. A number alone counts hours.</summary>
    public static TimeSpan Period(FlagSet flags)
    {
        var value = flags.Of(Retention);
        if (IsByRevision(flags))
        {
            return TimeSpan.Zero;
        }

        return GoValues.TryInteger(value.Value, out var hours) && hours is >= 0 and < 1_000_000
            ? TimeSpan.FromHours(hours)
            : GoValues.TryDuration(value.Value, out var period) && period > TimeSpan.Zero
            ? period
            : throw CliException.BadUsage(
                $"{value.Origin}: '{value.Value}' is neither a number of hours nor a duration such as 10m");
    }

    /// <summary>0: not by number.</summary>
    public static long Revisions(FlagSet flags)
    {
        var value = flags.Of(Retention);
        if (!IsByRevision(flags))
        {
            return 0;
        }

        return GoValues.TryInteger(value.Value, out var revisions) && revisions >= 0
            ? revisions
            : throw CliException.BadUsage(
                $"{value.Origin}: '{value.Value}' is not a number of revisions from 0 on");
    }

    private static bool IsByRevision(FlagSet flags)
    {
        var mode = flags.Of("auto-compaction-mode");
        return mode.Value switch
        {
            "periodic" => false,
            "revision" => true,
            _ => throw CliException.BadUsage(
                $"{mode.Origin}: '{mode.Value}' is neither 'periodic' nor 'revision'"),
        };
    }
}
