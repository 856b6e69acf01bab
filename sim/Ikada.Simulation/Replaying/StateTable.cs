namespace Ikada.Simulation.Replaying;

/// <summary>Writes the state of all nodes as an aligned table. What has changed is marked: by a star, or on a
/// terminal by its colour.</summary>
internal static class StateTable
{
    private const string Changed = "\e[1;33m";
    private const string Plain = "\e[0m";

    public static void Write(TextWriter output, WalkState state, bool highlights)
    {
        var widths = Array.ConvertAll(NodeState.Heads, head => head.Length);
        foreach (var node in state.After)
        {
            for (var column = 0; column < widths.Length; column++)
            {
                widths[column] = Math.Max(widths[column], node.Words[column].Length);
            }
        }

        var line = "  ";
        for (var column = 0; column < widths.Length; column++)
        {
            line += NodeState.Heads[column].PadRight(widths[column] + 2);
        }

        output.WriteLine(line.TrimEnd());
        for (var node = 0; node < state.After.Length; node++)
        {
            line = "  ";
            for (var column = 0; column < widths.Length; column++)
            {
                var word = state.After[node].Words[column];
                line += Cell(word, widths[column], word != state.Before[node].Words[column], highlights);
            }

            output.WriteLine(line.TrimEnd());
        }
    }

    private static string Cell(string word, int width, bool isChanged, bool highlights) =>
        !isChanged ? word.PadRight(width + 2)
        : highlights ? Changed + word + Plain + new string(' ', width - word.Length + 2)
        : (word + "*").PadRight(width + 2);
}
