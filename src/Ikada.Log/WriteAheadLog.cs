using Ikada.Log.Format;
using Ikada.Log.Recovery;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>
/// The process's one log, shared by all groups. Single-threaded: it decides, a disk thread executes what it
/// submits and each finished operation comes back by <see cref="Complete"/>. One batch is under way at a
/// time; all that is queued meanwhile goes out in the next, in one write and one sync (group commit).
/// </summary>
public sealed class WriteAheadLog
{
    private readonly IDiskQueue _queue;
    private readonly ILogEvents _events;
    private readonly LogOptions _options;
    private readonly DirectoryIdentity _identity;
    private readonly SortedDictionary<GroupId, GroupLog> _groups = [];
    private readonly PendingQueue _pending = new();
    private readonly TableRiders _riders = new();
    private readonly SpaceWatch _space;
    private readonly SegmentPool _pool;
    private readonly Rewriter _rewriter;
    private readonly SegmentKeeper _keeper;
    private readonly BatchWriter _writer;
    private readonly CompletedBatch _completed;
    private bool _hasFailed;

    private WriteAheadLog(
        IDiskQueue queue, ILogEvents events, LogOptions options, DirectoryIdentity identity,
            RandomSource random)
    {
        (_queue, _events, _options, _identity) = (queue, events, options, identity);
        Budget = new TailBudget(options.TailBytesMax, options.TailEntriesMax);
        Use = new SegmentUse(_pending);
        _space = new SpaceWatch(events);
        _pool = new SegmentPool(queue, options, _space);
        _rewriter = new Rewriter(_groups, Use, _pending, queue, options);
        _keeper = new SegmentKeeper(_groups, Use, _pool, _rewriter, _pending);
        _writer = new BatchWriter(
            queue, options, identity, random, Table(), _pending, _riders, _space, _pool, _keeper, Use);
        _completed = new CompletedBatch(events);
    }

    /// <summary>What was found at open.</summary>
    public RecoveryReport Recovered { get; private set; } = new();

    /// <summary>Whether nothing is queued and no batch is under way: all that was asked for is
    /// durable.</summary>
    public bool IsQuiet => _writer.UnderWay is null && _pending.Count == 0 && !_writer.SealWanted;

    /// <summary>The bytes of recent entries held in memory.</summary>
    public long TailBytes => Budget.Bytes;

    /// <summary>How many items keep the order of the recent entries: at most two for each, or a few
    /// thousand.</summary>
    public int TailItems => Budget.Items;

    /// <summary>Whether it has no room for commands, since the disk has no space for a further
    /// segment.</summary>
    public bool IsFull => _space.IsFull;

    /// <summary>The logs of all groups there are, by id.</summary>
    public IReadOnlyCollection<GroupLog> Groups => _groups.Values;

    /// <summary>Whether damage may have taken groups without a trace: a vote of each that is not in
    /// <see cref="Groups"/> counts as lost.</summary>
    public bool MayMissGroups { get; private set; }

    /// <summary>How many segments are in use.</summary>
    public int Segments => Use.Count;

    internal TailBudget Budget { get; }

    internal SegmentUse Use { get; }

    /// <summary>Recovers the log of a directory, or makes a new one.</summary>
    /// <remarks>Damage does not stop it: see <see cref="Recovered"/> and what the groups say.</remarks>
    /// <exception cref="LogOpenException">Of another cluster, member or time, of an unknown version, or gone
    /// as a whole: names file, offset and remedy.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    public static WriteAheadLog Open(
        IDisk disk, IDiskQueue queue, ILogEvents events, LogOptions options, DirectoryIdentity identity,
            RandomSource random)
    {
        options.Check();
        var log = new WriteAheadLog(queue, events, options, identity, random);
        OpenedLog opened;
        try
        {
            opened = new LogRecovery(disk, options, identity, random, log.Table(), log.Use).Run();
        }
        catch (DiskException failure) when (failure.IsNoSpace)
        {
            throw NoSpaceToOpenException.For(failure);
        }

        log._writer.Begin(opened.Active, opened.IsSealed);
        log.MayMissGroups = opened.MayMissGroups;
        log.Recovered = opened.Report;
        log._pool.Found(opened.IsSpareReady, opened.Free, opened.Unfinished);
        foreach (var group in log._groups.Values)
        {
            if (!opened.IsSealed)
            {
                log._riders.Wrote(group);
            }
        }

        return log;
    }

    /// <summary>The group's log; a new group starts with <paramref name="initialMembership"/> as its base at
    /// index 0.</summary>
    public GroupLog OpenGroup(GroupId group, Membership initialMembership)
    {
        var log = Table().GetOrAdd(group);
        if (!log.HasBase && !log.IsHardStateLost)
        {
            log.Entries.StartAt(default, initialMembership);
            if (MayMissGroups)
            {
                // It may have been among what damage took without a trace.
                log.IsUnsure = log.IsVoteLost = true;
            }

            Queue(log.RecordOf(RecordKind.Base, default, initialMembership.Encode()));
        }

        if (_identity.IsStartedOver)
        {
            log.StartedOver(_identity.Node, _identity.Incarnation);
        }

        return log;
    }

    /// <summary>Hands all that is queued to the disk in one write and one sync, unless a batch is under way.
    /// The owner calls it once per batch of inputs.</summary>
    public void Flush()
    {
        if (_hasFailed)
        {
            return;
        }

        if (_writer.UnderWay is null)
        {
            _writer.SubmitNext();
            if (_writer.Failure is { } failure)
            {
                Stop(failure);
            }
        }

        StartPreparation();
    }

    /// <summary>Asks for a seal once nothing is queued any more: proof that all before it was synced, so that
    /// damage to the last batch is told from a torn write. The owner calls it when the log has gone idle and
    /// at a clean stop; it costs a write and a sync the first time, and nothing until something else has been
    /// written.</summary>
    public void Seal()
    {
        _writer.Seal();
        Flush();
    }

    /// <summary>While <see cref="IsFull"/>: tries again what there was no space for. The owner calls it about
    /// once a second; the log has no clock.</summary>
    public void TryRegainSpace()
    {
        if (_hasFailed)
        {
            return;
        }

        if (_space.TryTakeUnwritten(out var batch))
        {
            _queue.Submit(batch);
        }

        _pool.MayTryAgain();
        StartPreparation();
    }

    /// <summary>Takes back a finished operation and raises the events that follow from it.</summary>
    public void Complete(DiskOperation operation)
    {
        if (operation is BatchOperation { MayBeWrittenAgain: true } unwritten)
        {
            _space.Unwritten(unwritten);
            return;
        }

        if (operation.Error is { } error)
        {
            Fail(operation, error);
            return;
        }

        switch (operation)
        {
            case BatchOperation batch:
                Completed(batch);
                break;
            case PreparationOperation piece:
                _pool.Completed(piece);
                Flush();
                break;
            case ReadOperation read:
                Completed(read);
                break;
            case FreeOperation:
                break;
            default:
                throw new ArgumentException("The operation is none of this log's.", nameof(operation));
        }
    }

    internal void Queue(in PendingRecord record) => _pending.Add(record);

    internal void TakeBack(GroupLog group, LogIndex first)
    {
        _pending.TakeBack(group, first);
        Use.Defer();
    }

    internal void TakeBackAll(GroupLog group)
    {
        _pending.TakeBackAll(group);
        Use.Defer();
    }

    internal void CommitNoted(GroupLog group) => _riders.CommitNoted(group);

    internal void CheckFits(in LogEntry entry)
    {
        // Room is left for the heads of many groups.
        if (entry.Body.Length > _options.SegmentBytes / 2)
        {
            throw new ArgumentException(
                $"An entry of {entry.Body.Length} bytes does not fit into segments of "
                    + $"{_options.SegmentBytes} bytes; "
                + "raise SegmentBytes to more than twice the largest entry.");
        }
    }

    internal void SubmitRead(GroupLog group, LogIndex first, LogIndex last, int bytesMax, ulong cookie)
    {
        var read = new ReadOperation(group, first, last, bytesMax, cookie)
        {
            Locations = group.LocationsOf(first, last, (bytesMax / LogEntry.OverheadBytes) + 1),
        };
        group.Entries.Reads.Add(read);
        _queue.Submit(read);
    }

    private GroupTable Table() => new(this, _groups);

    private void StartPreparation()
    {
        if (!_hasFailed)
        {
            _writer.StartPreparation();
        }
    }

    private void Completed(BatchOperation batch)
    {
        _writer.Completed();
        _space.Written(batch);
        _completed.Tell(batch);
        Budget.Trim();
        _keeper.Completed(batch);
        Flush();
    }

    private void Completed(ReadOperation read)
    {
        var group = read.Group;
        group.Entries.Reads.Remove(read);
        if (read.IsRewriting && (read.IsVoid || read.Damage is null))
        {
            _rewriter.Completed(read);
            Flush();
            return;
        }

        if (read.IsVoid)
        {
            _events.EntriesRead(group.Group, read.Cookie, []);
            return;
        }

        if (read.Damage is { } damage)
        {
            Stop(damage.Message);
            return;
        }

        read.CompleteFromTail();
        _events.EntriesRead(
            group.Group, read.Cookie, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(read.Entries));
    }

    private void Fail(DiskOperation operation, DiskException error)
    {
        var what = operation switch
        {
            PreparationOperation => "The next segment of the log could not be prepared: ",
            FreeOperation => "A segment of the log could not be put aside: ",
            ReadOperation => "An entry of the log could not be read: ",
            _ => "The log could not be written: ",
        };
        Stop($"{what}{error.Message}. {DiskException.Remedy}");
    }

    private void Stop(string message)
    {
        if (!_hasFailed)
        {
            _hasFailed = true;
            _events.LogFailed(message);
        }
    }
}
