using System.Globalization;

namespace Ikada.Simulation.Histories;

/// <summary>Writes operations in the format that <see cref="HistoryReader"/> reads.</summary>
public static class HistoryWriter
{
    /// <summary>Writes one operation, as a line.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="key">The key.</param>
    /// <param name="op">What was asked and told; the numbers of its values are not looked at.</param>
    /// <param name="value">The value read or written; null where there is none.</param>
    /// <param name="from">A compare-and-set: the expected value; null: that the key is missing.</param>
    public static void Write(TextWriter output, string key, in HistoryOp op, string? value, string? from)
    {
        output.Write(string.Create(
            CultureInfo.InvariantCulture, $"{{\"client\":{op.Client},\"start\":{op.Start},"));
        if (op.Result != HistoryResult.Unknown)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $"\"end\":{op.End},"));
        }

        output.Write($"\"op\":\"{Name(op.Kind)}\",\"key\":{HistoryText.Quote(key)}");
        if (value is not null)
        {
            output.Write($",\"value\":{HistoryText.Quote(value)}");
        }

        if (from is not null)
        {
            output.Write($",\"from\":{HistoryText.Quote(from)}");
        }

        output.Write($",\"result\":\"{Name(op.Result)}\"}}\n");
    }

    private static string Name(HistoryOpKind kind) => kind switch
    {
        HistoryOpKind.Get => "get",
        HistoryOpKind.Put => "put",
        HistoryOpKind.Delete => "del",
        _ => "cas",
    };

    private static string Name(HistoryResult result) => result switch
    {
        HistoryResult.Ok => "ok",
        HistoryResult.Missing => "missing",
        HistoryResult.Mismatch => "mismatch",
        HistoryResult.Unknown => "unknown",
        _ => "fail",
    };
}
