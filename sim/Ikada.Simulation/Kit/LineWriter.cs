using System.Text;

namespace Ikada.Simulation.Kit;

/// <summary>Hands what is written to somebody who takes lines, as the output of a test does.</summary>
internal sealed class LineWriter(Action<string> line, Func<string, string> edit) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (value == '\n')
        {
            line(edit(_line.ToString()));
            _line.Clear();
        }
        else if (value != '\r')
        {
            _line.Append(value);
        }
    }
}
