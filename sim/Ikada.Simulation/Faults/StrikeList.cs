using System.Globalization;

namespace Ikada.Simulation.Faults;

/// <summary>Strikes of the schedule, as they are written on the command line:
/// <c>crash:2,pause:3-5,reset</c>. A kind without numbers stands for all of its strikes.</summary>
public sealed class StrikeList
{
    private readonly List<(FaultKind Kind, int First, int Last)> _ranges;

    private StrikeList(List<(FaultKind Kind, int First, int Last)> ranges) => _ranges = ranges;

    /// <summary>The list of these strikes.</summary>
    public static StrikeList Of(IEnumerable<Strike> strikes)
    {
        var ranges = new List<(FaultKind Kind, int First, int Last)>();
        foreach (var strike in strikes.OrderBy(strike => strike.Kind).ThenBy(strike => strike.Number))
        {
            if (ranges.Count > 0 && ranges[^1] is var last && last.Kind == strike.Kind
                && last.Last == strike.Number - 1)
            {
                ranges[^1] = (last.Kind, last.First, strike.Number);
            }
            else
            {
                ranges.Add((strike.Kind, strike.Number, strike.Number));
            }
        }

        return new StrikeList(ranges);
    }

    /// <summary>Whether a strike is among them.</summary>
    public bool Contains(Strike strike) => _ranges.Exists(range =>
        range.Kind == strike.Kind && range.First <= strike.Number && strike.Number <= range.Last);

    /// <summary>Reads a list; <c>none</c> is the empty one. Returns null on failure:
    /// <paramref name="error"/> names the value and says what is possible.</summary>
    public static StrikeList? Parse(string text, out string error)
    {
        var ranges = new List<(FaultKind Kind, int First, int Last)>();
        error = string.Empty;
        foreach (var item in text == "none" ? [] : text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = item.IndexOf(':', StringComparison.Ordinal);
            var name = colon < 0 ? item : item[..colon];
            if (name is "all" or "none" || !FaultSet.TryParse(name, out var set, out error))
            {
                error = error.Length > 0 ? error : $"'{item}' is not a strike; write kind:number";
                return null;
            }

            if (!TryReadNumbers(colon < 0 ? null : item[(colon + 1)..], out var first, out var last))
            {
                error = $"'{item}' is not a strike; write kind, kind:number or kind:first-last, from 1 on";
                return null;
            }

            ranges.Add((set.ToList()[0], first, last));
        }

        return new StrikeList(ranges);
    }

    /// <inheritdoc/>
    public override string ToString() => _ranges.Count == 0 ? "none"
        : string.Join(',', _ranges.ConvertAll(range => FaultSet.NameOf(range.Kind) + Numbers(range)));

    private static string Numbers((FaultKind Kind, int First, int Last) range) =>
        (range.First, range.Last) == (1, int.MaxValue) ? string.Empty
        : range.First == range.Last ? string.Create(CultureInfo.InvariantCulture, $":{range.First}")
        : string.Create(CultureInfo.InvariantCulture, $":{range.First}-{range.Last}");

    private static bool TryReadNumbers(string? text, out int first, out int last)
    {
        (first, last) = (1, int.MaxValue);
        if (text is null)
        {
            return true;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        return TryRead(dash < 0 ? text : text[..dash], out first)
            && TryRead(dash < 0 ? text : text[(dash + 1)..], out last) && first <= last;
    }

    private static bool TryRead(string text, out int number) => int.TryParse(
        text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
