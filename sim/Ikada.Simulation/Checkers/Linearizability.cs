using Ikada.KeyValue;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I20, I21 and I23 by revisions: an operation that ended before another began has no higher revision; a
/// write that was
/// acknowledged stands in the history at the revision told; a read returns the state at the revision
/// told, which is at
/// least every revision told before it began.
/// </summary>
internal sealed class Linearizability(KeyValueModel model)
{
    public const string OrderProperty = "I20 order of operations";
    public const string AckedProperty = Operations.AckedProperty;
    public const string FreshProperty = "I23 reads are not older than what was told before";

    /// <summary>The highest revision that any client has been told.</summary>
    public long ToldRevision { get; private set; } = 1;

    /// <summary>A client is told that its write was applied; if it has stopped waiting, the word is true
    /// but not heard.</summary>
    public void WriteApplied(KeyValueOp op, KeyValueResult result, bool isWaiting = true)
    {
        if (!op.IsExecuted || op.ExecutedRevision != result.Revision
            || op.ExecutedDeletions != result.Deleted)
        {
            throw new PropertyViolatedException(
                AckedProperty,
                $"c{op.Client} is told that op {op.Id} ({op.Kind} key {op.Key}) made revision "
                + $"{result.Revision}, deleted "
                + $"{result.Deleted}; in the history it "
                + (op.IsExecuted ? $"made revision {op.ExecutedRevision}, deleted "
                + $"{op.ExecutedDeletions}" : "is not"));
        }

        var makesRevision = op.Kind == ClientOpKind.Put || result.Deleted > 0;
        if (result.Revision < op.FloorRevision + (makesRevision ? 1 : 0))
        {
            throw new PropertyViolatedException(
                OrderProperty,
                $"op {op.Id} of c{op.Client} has revision {result.Revision}; it began after somebody was "
                + $"told {op.FloorRevision}");
        }

        if (isWaiting)
        {
            Told(result.Revision);
        }
    }

    /// <summary>A client is told what a read found.</summary>
    public void ReadAnswered(KeyValueOp op, RangeResult result)
    {
        if (result.Revision < op.FloorRevision)
        {
            throw new PropertyViolatedException(
                FreshProperty,
                $"op {op.Id}, a read by c{op.Client} at n{op.Node + 1}, shows revision {result.Revision}; "
                + "it began after "
                + $"somebody was told {op.FloorRevision}");
        }

        Compare(op.Node, op.Key, result);
        Told(result.Revision);
    }

    /// <summary>What a node's store says of a key at its revision, against the model.</summary>
    public void Compare(int node, int key, RangeResult result)
    {
        var exists = model.TryRead(key, result.Revision, out var op, out var modRevision);
        var found = result.Items.Count > 0;
        if (result.Error != KeyValueError.None || result.Revision > model.Revision || found != exists
            || (found && (result.Items[0].ModRevision != modRevision
                || Operations.NumberOf(result.Items[0].Value.Span) != op)))
        {
            var shown = found
                ? $"op {Operations.NumberOf(result.Items[0].Value.Span)} of revision "
                + $"{result.Items[0].ModRevision}" : "nothing";
            throw new PropertyViolatedException(
                OrderProperty,
                $"n{node + 1} at revision {result.Revision} shows {shown} under key {key}; in the history "
                + "it is "
                + (exists ? $"op {op} of revision {modRevision}" : "nothing"));
        }
    }

    private void Told(long revision) => ToldRevision = Math.Max(ToldRevision, revision);
}
