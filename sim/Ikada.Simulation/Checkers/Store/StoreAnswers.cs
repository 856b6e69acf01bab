using System.Buffers;
using Ikada.KeyValue;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>
/// I20, I21 and I23 for whole answers: what a client is told is what the model says at that place of the
/// log, to the byte, and that place is behind everything that somebody was told before the operation began.
/// So a transaction is one step with one revision, and a read at an old revision is right or refused.
/// </summary>
internal sealed class StoreAnswers(StoreModel model)
{
    public const string WriteProperty = "I20 a write is answered by what it did at its place";
    public const string TransactionProperty = "I20 a transaction is one step, or none";
    public const string CompactionProperty = "I20 what was compacted away is refused, all else is read";
    public const string LeaseProperty = "I20 leases are what the history made them";
    public const string ReadProperty = "I20 a read shows the state at its revision";
    private readonly ArrayBufferWriter<byte> _expected = new();
    private readonly Dictionary<int, (int Start, ulong Index)> _shown = [];

    /// <summary>The highest index that anybody was told of.</summary>
    public ulong ToldIndex { get; private set; }

    /// <summary>The highest revision that anybody was told of.</summary>
    public long ToldRevision { get; private set; } = 1;

    /// <summary>A committed command is executed.</summary>
    public void Execute(StoreOp op, ulong index)
    {
        op.Index = index;
        op.Expected = model.Execute(index, op.Asked).Encode();
    }

    /// <summary>Somebody is told what a command did.</summary>
    public void WriteApplied(StoreOp op, ulong index, ReadOnlySpan<byte> result, bool isWaiting)
    {
        if (op.Expected is null || op.Index != index)
        {
            throw new PropertyViolatedException(
                Operations.AckedProperty,
                $"c{op.Client} is told that {op} is at index {index}; in the history it is at {op.Index}");
        }

        if (index <= op.FloorIndex)
        {
            throw new PropertyViolatedException(
                Linearizability.OrderProperty,
                $"{op} is at index {index}; it began after somebody was told of {op.FloorIndex}");
        }

        if (!result.SequenceEqual(op.Expected))
        {
            throw new PropertyViolatedException(
                PropertyOf(op.Asked),
                $"{op} at index {index} is answered {Text(result)}; it should be {Text(op.Expected)}");
        }

        if (isWaiting)
        {
            Told(index, model.At(index).Revision);
        }
    }

    /// <summary>A client is told what a linearizable read found on a node that stands at
    /// <paramref name="applied"/>.</summary>
    public void ReadAnswered(StoreOp op, ulong applied, ReadOnlySpan<byte> answer)
    {
        if (applied < op.FloorIndex)
        {
            throw new PropertyViolatedException(
                Linearizability.FreshProperty,
                $"{op} is answered from index {applied}; it began after somebody was told of "
                + $"{op.FloorIndex}");
        }

        Compare(op.Node, (ReadRequest)op.Asked, applied, answer);
        Told(applied, model.At(applied).Revision);
    }

    /// <summary>A node shows what it has, old or new, but never older than since its start.</summary>
    public void StaleAnswered(
        int node, int start, ReadRequest read, ulong applied, ReadOnlySpan<byte> answer)
    {
        Compare(node, read, applied, answer);
        if (_shown.TryGetValue(node, out var last) && last.Start == start && applied < last.Index)
        {
            throw new PropertyViolatedException(
                StaleReads.Property,
                $"n{node + 1} answers from index {applied}; since its start {start} it had from "
                + $"{last.Index}");
        }

        _shown[node] = (start, applied);
    }

    /// <summary>What a node that stands at an index answers to a read, against the model.</summary>
    public void Compare(int node, ReadRequest read, ulong applied, ReadOnlySpan<byte> answer)
    {
        var expected = model.Read(read, applied);
        _expected.ResetWrittenCount();
        expected.Encode(_expected);
        if (answer.SequenceEqual(_expected.WrittenSpan))
        {
            return;
        }

        var decoded = RangeResult.TryDecode(answer, out var shown);
        throw new PropertyViolatedException(
            expected.Error == shown.Error && decoded ? ReadProperty : CompactionProperty,
            $"n{node + 1} at index {applied} answers '{read}' by {Text(shown)}; it should be "
            + $"{Text(expected)}");
    }

    private void Told(ulong index, long revision) =>
        (ToldIndex, ToldRevision) = (Math.Max(ToldIndex, index), Math.Max(ToldRevision, revision));

    private static string PropertyOf(StoreRequest request) => request switch
    {
        TransactionRequest => TransactionProperty,
        CompactRequest or RemovalRequest => CompactionProperty,
        GrantRequest or RenewRequest or RevokeRequest or CheckpointRequest => LeaseProperty,
        _ => WriteProperty,
    };

    private static string Text(ReadOnlySpan<byte> result) =>
        KeyValueResult.TryDecode(result, out var decoded) ? Text(decoded) : "something that is no result";

    private static string Text(KeyValueResult result) =>
        $"({result.Error} revision {result.Revision} deleted {result.Deleted}"
        + $" previous [{string.Join(", ", result.Previous.Select(StoreText.Of))}]"
        + (result.Succeeded ? " succeeded" : string.Empty)
        + (result.TimesToLive.Count > 0 ? $" times {string.Join(' ', result.TimesToLive)}" : string.Empty)
        + string.Concat(result.Responses.Select(one =>
            " " + (one.Range is { } range ? Text(range) : Text(one.Write!)))) + ")";

    private static string Text(RangeResult result) =>
        $"({result.Error} revision {result.Revision} count {result.Count}{(result.More ? " more" : "")}"
        + $" [{string.Join(", ", result.Items.Select(StoreText.Of))}])";
}
