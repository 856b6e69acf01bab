using System.Globalization;

namespace Ikada.Simulation.Time;

/// <summary>A part of a run, in virtual milliseconds from its beginning: from <paramref name="From"/> up to,
/// not including, <paramref name="To"/>.</summary>
public readonly record struct TimeWindow(int From, int To)
{
    /// <summary>All of a run.</summary>
    public static TimeWindow Always => new(0, int.MaxValue);

    /// <summary>Reads <c>from-to</c>.</summary>
    public static bool TryParse(string text, out TimeWindow window)
    {
        window = Always;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0 || !TryRead(text[..dash], out var from) || !TryRead(text[(dash + 1)..], out var to)
            || from > to)
        {
            return false;
        }

        window = new TimeWindow(from, to);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{From}-{To}");

    /// <summary>Whether a moment, in 100 ns, lies in it.</summary>
    internal bool Contains(long time) => time >= From * Draw.Millisecond && time < To * Draw.Millisecond;

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
