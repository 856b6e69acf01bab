using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>Bounds what clients have under way and knows it all, so that a stopping node leaves nobody
/// waiting.</summary>
internal sealed class Pending(NodeOptions options)
{
    private readonly Lock _gate = new();
    private readonly PendingList<PendingWrite> _writes = new();
    private readonly PendingList<PendingRead> _reads = new();
    private long _bytes;
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _writes.Count + _reads.Count;
            }
        }
    }

    /// <summary>False: the bounds are reached, or the node has stopped.</summary>
    public bool TryAdd(PendingWrite write)
    {
        lock (_gate)
        {
            if (_closed || _writes.Count >= options.ProposalsInFlightMax
                || _bytes + write.Command.Length > options.ProposalsInFlightBytesMax)
            {
                return false;
            }

            _bytes += write.Command.Length;
            _writes.Add(write);
            return true;
        }
    }

    public bool TryAdd(PendingRead read)
    {
        lock (_gate)
        {
            if (_closed || _reads.Count >= options.ReadsInFlightMax)
            {
                return false;
            }

            _reads.Add(read);
            return true;
        }
    }

    public void Remove(PendingWrite write)
    {
        lock (_gate)
        {
            if (_writes.Remove(write))
            {
                _bytes -= write.Command.Length;
            }
        }
    }

    public void Remove(PendingRead read)
    {
        lock (_gate)
        {
            _ = _reads.Remove(read);
        }
    }

    /// <summary>Ends all: the writes may still happen, for they may be in a log; the reads are not
    /// ready.</summary>
    public void Close()
    {
        PendingWrite[] writes;
        PendingRead[] reads;
        lock (_gate)
        {
            _closed = true;
            writes = _writes.ToArray();
            reads = _reads.ToArray();
        }

        foreach (var write in writes)
        {
            write.Complete(WriteOutcome.Unknown);
        }

        foreach (var read in reads)
        {
            read.Complete(ReadOutcome.Refused(Refusal.NoLeader, NodeId.None));
        }
    }
}

/// <summary>A change of membership that waits for its outcome.</summary>
internal sealed class PendingChange(MembershipChange change) : MembershipProposal(change)
{
    private readonly TaskCompletionSource<WriteOutcome> _outcome =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<WriteOutcome> Outcome => _outcome.Task;

    public override void Complete(in WriteOutcome outcome) => _outcome.TrySetResult(outcome);

    /// <summary>The caller waits no longer, or the node has stopped: the change may still happen.</summary>
    public void Abandon() => _outcome.TrySetResult(WriteOutcome.Unknown);
}

/// <summary>A snapshot that somebody waits for.</summary>
internal sealed class PendingSnapshot : SnapshotWish
{
    private readonly TaskCompletionSource<LogPosition> _taken =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<LogPosition> Taken => _taken.Task;

    public override void Complete(LogPosition position, string? problem)
    {
        if (problem is null)
        {
            _taken.TrySetResult(position);
        }
        else
        {
            _taken.TrySetException(new SnapshotFailedException(problem));
        }
    }
}

/// <summary>A transfer of leadership that waits for its end.</summary>
internal sealed class PendingTransfer(NodeId target) : TransferRequest(target)
{
    private readonly TaskCompletionSource<(TransferOutcome Outcome, NodeId Leader)> _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<(TransferOutcome Outcome, NodeId Leader)> Ended => _ended.Task;

    public override void Complete(TransferOutcome outcome, NodeId leader) =>
        _ended.TrySetResult((outcome, leader));
}
