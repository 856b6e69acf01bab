using System.Globalization;
using System.Text;

namespace Ikada.Bench.Reporting;

/// <summary>A table in Markdown that also reads well as text: the columns are padded.</summary>
internal sealed class TextTable(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public string Text()
    {
        var widths = heads.Select((head, at) => _rows.Select(row => row[at].Length).Append(head.Length).Max())
            .ToArray();
        var text = new StringBuilder();
        AppendRow(heads);
        AppendRow([.. widths.Select(width => new string('-', width))]);
        _rows.ForEach(AppendRow);
        return text.ToString();

        void AppendRow(string[] cells)
        {
            for (var at = 0; at < cells.Length; at++)
            {
                var cell = at == 0 ? cells[at].PadRight(widths[at]) : cells[at].PadLeft(widths[at]);
                text.Append("| ").Append(cell).Append(' ');
            }

            text.Append("|\n");
        }
    }

    public static string Number(double number, string form) =>
        number.ToString(form, CultureInfo.InvariantCulture);
}
