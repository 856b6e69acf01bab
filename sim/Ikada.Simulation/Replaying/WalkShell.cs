using System.Globalization;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Replaying;

/// <summary>Walks a run by commands, one a line: forwards, backwards, to an event, a time, a node or a
/// text.</summary>
internal sealed class WalkShell(Walk walk, TextReader input, TextWriter output, bool highlights)
{
    private const string Help = """
          n [N]      N events forwards (an empty line: one)   b [N]     N events backwards
          g N        to event N                               t SECONDS to the first event from then on
          n1, n2, …  to the next event of that node           k KIND    to the next event of a kind
          /TEXT      to the next event whose line has it      ?TEXT     to the one before
          v          to the end: the violation, if any        l [N]     N lines around this event
          p          show this event again                    q         quit
        """;

    private int _at;

    private int Last => walk.Events.Count - 1;

    /// <summary>Takes commands until <c>q</c> or the end of the input.</summary>
    public void Run()
    {
        output.WriteLine($"{walk.Events.Count} events; h lists the commands");
        Show();
        while (true)
        {
            output.Write("> ");
            output.Flush();
            if (input.ReadLine() is not { } line || line.Trim() == "q")
            {
                return;
            }

            Do(line.Trim());
        }
    }

    private void Do(string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (word, rest) = space < 0 ? (line, string.Empty) : (line[..space], line[(space + 1)..].Trim());
        switch (word)
        {
            case "":
                Go(_at + 1);
                break;
            case "n" or "b":
                if (TryNumber(rest.Length == 0 ? "1" : rest, out var steps))
                {
                    Go(word == "n" ? _at + steps : _at - steps);
                }

                break;
            case "g":
                if (TryNumber(rest, out var place))
                {
                    Go(place - 1);
                }

                break;
            case "t":
                GoToTime(rest);
                break;
            case "k":
                Find(1, at => TraceFormat.Words(walk.Events[at].Kind).Contains(
                    rest, StringComparison.OrdinalIgnoreCase), rest);
                break;
            case "v":
                Go(Last);
                break;
            case "l":
                List(rest);
                break;
            case "p":
                Show();
                break;
            case "h":
                output.WriteLine(Help);
                break;
            default:
                DoSearch(line);
                break;
        }
    }

    private void DoSearch(string line)
    {
        if (line[0] is '/' or '?' && line.Length > 1)
        {
            var text = line[1..];
            Find(line[0] == '/' ? 1 : -1, at => TraceFormat.Line(walk.Events[at]).Contains(
                text, StringComparison.OrdinalIgnoreCase), text);
        }
        else if (line[0] == 'n' && int.TryParse(
            line.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var node))
        {
            Find(1, at => walk.Events[at].Node == node - 1, line);
        }
        else
        {
            output.WriteLine($"'{line}' is no command; h lists them");
        }
    }

    private void GoToTime(string text)
    {
        if (!decimal.TryParse(
            text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            || seconds > 1_000_000)
        {
            output.WriteLine($"'{text}' is not a time in seconds, such as 1.25");
            return;
        }

        var at = 0;
        while (at < Last && walk.Events[at].Time < seconds * Draw.Second)
        {
            at++;
        }

        Go(at);
    }

    private void Find(int step, Func<int, bool> isIt, string what)
    {
        for (var at = _at + step; at >= 0 && at <= Last; at += step)
        {
            if (isIt(at))
            {
                Go(at);
                return;
            }
        }

        output.WriteLine($"no event of '{what}' {(step > 0 ? "after" : "before")} this one");
    }

    private void List(string text)
    {
        if (TryNumber(text.Length == 0 ? "20" : text, out var lines))
        {
            var first = Math.Max(0, _at - (lines / 2));
            for (var at = first; at <= Math.Min(Last, first + lines - 1); at++)
            {
                var mark = at == _at ? '>' : ' ';
                output.WriteLine($"{mark} {at + 1,7}  {TraceFormat.Line(walk.Events[at])}");
            }
        }
    }

    private bool TryNumber(string text, out int number)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number <= 1_000_000_000)
        {
            return true;
        }

        output.WriteLine($"'{text}' is not a whole number");
        return false;
    }

    private void Go(int at)
    {
        _at = Math.Clamp(at, 0, Math.Max(0, Last));
        Show();
    }

    private void Show()
    {
        if (Last < 0)
        {
            output.WriteLine("nothing happened");
            return;
        }

        output.WriteLine($"event {_at + 1} of {walk.Events.Count}");
        output.WriteLine(TraceFormat.Line(walk.Events[_at]));
        StateTable.Write(output, walk.StateAt(_at), highlights);
        if (_at == Last && walk.Failure is { } failure)
        {
            output.WriteLine($"VIOLATION  {failure.Property}");
            output.WriteLine($"           {failure.Description.Split('\n')[0]}");
        }
    }
}
