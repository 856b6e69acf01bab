using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>Decides what goes into the next batch, and where: in the segment in use, or as the first of the
/// next one. While there is no space for further segments commands wait, and what the protocol must write
/// does not.</summary>
internal sealed class BatchWriter
{
    private const int RoomKeptBytesMax = 1 << 20;
    private readonly IDiskQueue _queue;
    private readonly LogOptions _options;
    private readonly DirectoryIdentity _identity;
    private readonly RandomSource _random;
    private readonly GroupTable _groups;
    private readonly PendingQueue _pending;
    private readonly TableRiders _riders;
    private readonly SpaceWatch _space;
    private readonly SegmentPool _pool;
    private readonly SegmentKeeper _keeper;
    private readonly SegmentUse _use;
    private readonly BatchPlan _plan = new();
    private readonly BatchBuilder _builder;
    private ActiveSegment _active = null!;
    private ulong _batch;
    private bool _isSealed;

    public BatchWriter(
        IDiskQueue queue, LogOptions options, DirectoryIdentity identity, RandomSource random,
        GroupTable groups, PendingQueue pending, TableRiders riders, SpaceWatch space, SegmentPool pool,
        SegmentKeeper keeper, SegmentUse use)
    {
        (_queue, _options, _identity, _random, _groups) = (queue, options, identity, random, groups);
        (_pending, _riders, _space, _pool, _keeper, _use) = (pending, riders, space, pool, keeper, use);
        _builder = new BatchBuilder(_plan);
    }

    /// <summary>The batch that is being written; null if none is.</summary>
    public BatchOperation? UnderWay { get; private set; }

    /// <summary>Whether a seal is wanted once nothing is queued.</summary>
    public bool SealWanted { get; private set; }

    /// <summary>Why the log cannot go on, once it cannot.</summary>
    public string? Failure { get; private set; }

    /// <summary>Goes on from what recovery found.</summary>
    public void Begin(ActiveSegment active, bool isSealed) => (_active, _isSealed) = (active, isSealed);

    /// <summary>Asks for a seal. One that is under way counts already: asking again must not write another
    /// behind it.</summary>
    public void Seal() => SealWanted = !_isSealed || _pending.Count > 0;

    /// <summary>The batch under way is durable.</summary>
    public void Completed() => UnderWay = null;

    /// <summary>Has the next segment prepared.</summary>
    public void StartPreparation() => _pool.Start(_active.Head.Sequence + 1);

    /// <summary>Submits the next batch, if anything can be written.</summary>
    public void SubmitNext()
    {
        var isSeal = SealWanted && _pending.Count == 0;
        if (isSeal)
        {
            _pending.Add(new PendingRecord(RecordKind.Seal, null, default, default, 0));
        }

        if (_space.IsFull && _pool.IsReady && BringForward() >= 0 && _keeper.WouldFree())
        {
            // A full log goes on in its last segment early: with that one's head older ones can go.
            _pending.Add(new PendingRecord(RecordKind.Seal, null, default, default, 0));
            SubmitWithoutCommands(isSeal: true, inNext: true);
        }
        else if (_pending.Count > 0)
        {
            SubmitPending(isSeal);
        }
    }

    private void SubmitPending(bool isSeal)
    {
        if (_plan.Make(_pending, RoomForCommands, _options.BatchBytesMax))
        {
            Submit(null, isSeal);
        }
        else if (_plan.Count == _pending.Count)
        {
            _pending.RemoveFirst(_plan.Count); // all of it was taken back
        }
        else if (_pool.IsReady && _pool.HasReserve)
        {
            SubmitInNext(isSeal, int.MaxValue);
        }
        else
        {
            // Goes on when there is a further segment.
            StartPreparation();
            SubmitWithoutCommands(isSeal, inNext: false);
        }
    }

    // Until a further segment is ready some room is kept for what the protocol must write.
    private long RoomForCommands =>
        _active.RoomBytes - (_pool.IsReady ? 0 : Math.Min(RoomKeptBytesMax, _options.SegmentBytes / 8));

    private void SubmitInNext(bool isSeal, int countMax)
    {
        var head = Roll();
        if (head is null || !_plan.Make(_pending, _active.RoomBytes, _options.BatchBytesMax, countMax))
        {
            Failure = $"the heads of {_groups.All.Count} groups leave no room in a segment of "
                + $"{_options.SegmentBytes} bytes; raise SegmentBytes";
            return;
        }

        Submit(head, isSeal);
    }

    private int BringForward()
    {
        var count = _pending.BringForward(out var onlyEntriesStay);
        if (onlyEntriesStay)
        {
            _use.Advance(_pending.Taken + (ulong)count);
        }
        else
        {
            _use.Defer();
        }

        return count;
    }

    // Commands wait for a further segment; votes do not.
    private void SubmitWithoutCommands(bool isSeal, bool inNext)
    {
        var count = BringForward();
        if (!inNext && _plan.Make(_pending, _active.RoomBytes, _options.BatchBytesMax, count))
        {
            Submit(null, isSeal);
        }
        else if (!inNext && _plan.Count == count)
        {
            _pending.RemoveFirst(count); // nothing but what was taken back
        }
        else if (_space.IsFull && _pool.IsReady)
        {
            SubmitInNext(isSeal, count);
        }
        else if (_space.IsFull)
        {
            Failure = "The disk has no space for the next segment of the log, and the room kept for votes is "
                + $"used up: {_active.Name} has {_active.RoomBytes} bytes left. Make space on the disk, then "
                + "start the node again; it has lost nothing.";
        }
    }

    private void Submit(byte[]? head, bool isSeal)
    {
        _riders.Board(_plan, _active.RoomBytes, isSeal);
        var offset = _active.Position;
        var file = _active.Name;
        _batch++;
        var operation = new BatchOperation(_pool.Order)
        {
            Batch = _batch,
            File = file,
            Offset = offset,
            Head = head,
            Pieces = _builder.Build(_pending, _active, _batch),
            IsSeal = isSeal,
            BatchBytes = _plan.BatchBytes,
            BatchRecords = _plan.Records,
        };
        for (var i = 0; i < _plan.Count; i++)
        {
            operation.Note(_pending[i]);
        }

        operation.Groups.AddRange(_plan.Groups);
        _riders.Alight();
        _pending.RemoveFirst(_plan.Count);
        operation.Taken = _pending.Taken;
        _isSealed = isSeal;
        SealWanted &= !isSeal;
        UnderWay = operation;
        _queue.Submit(operation);
    }

    /// <summary>Goes on in the spare segment. Null if the head is too large.</summary>
    private byte[]? Roll()
    {
        var head = _active.Follow(
            _identity, _options.SegmentBytes, _random.NextUInt64(), _groups.Heads(),
            _active.Head.MayMissGroups);
        if (head.FirstBatchOffset > head.SegmentBytes / 2)
        {
            return null;
        }

        _active = ActiveSegment.Begin(head);
        _keeper.Began(head.Sequence);
        return head.Encode();
    }
}
