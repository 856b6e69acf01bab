namespace Ikada.Testing.Clusters;

/// <summary>The lines that a command leaves: what happened, in order; what a message caused stands indented
/// under it.</summary>
public sealed class Trace
{
    private readonly List<string> _lines = [];
    private string _indent = string.Empty;

    /// <summary>Takes the lines out.</summary>
    public IReadOnlyList<string> Take()
    {
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }

    /// <summary>Adds a line.</summary>
    public void Add(string line) => _lines.Add(_indent + line);

    /// <summary>Adds a line and, indented under it, what the action adds.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isIdle">Whether the line says nothing unless something follows from it.</param>
    /// <param name="action">What it caused.</param>
    public void AddWith(string line, bool isIdle, Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Add(line);
        var count = _lines.Count;
        var outer = _indent;
        _indent += "  ";
        try
        {
            action();
        }
        finally
        {
            _indent = outer;
        }

        if (isIdle && _lines.Count == count)
        {
            _lines.RemoveAt(count - 1);
        }
    }
}
