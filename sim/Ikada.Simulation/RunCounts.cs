using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>What a run did, in numbers.</summary>
public sealed class RunCounts
{
    private readonly long[] _faults = new long[FaultSet.KindCount];
    private readonly long[] _points = new long[CrashPoints.Count];
    private readonly long[] _marks = new long[Enum.GetValues<Mark>().Length];

    /// <summary>Events of the world.</summary>
    public long Events { get; set; }

    /// <summary>Frames handed to links.</summary>
    public long Messages { get; set; }

    /// <summary>How often a node became leader.</summary>
    public long Elections { get; set; }

    /// <summary>Committed entries.</summary>
    public long Commits { get; set; }

    /// <summary>Operations of clients that ended in any way.</summary>
    public long Operations { get; set; }

    /// <summary>Acknowledged writes.</summary>
    public long Acknowledged { get; set; }

    /// <summary>Answered reads.</summary>
    public long Reads { get; set; }

    /// <summary>Refused operations.</summary>
    public long Refused { get; set; }

    /// <summary>Operations whose outcome the client never learned.</summary>
    public long Unknown { get; set; }

    /// <summary>Changes of the membership that were told to be applied.</summary>
    public long ChangesApplied { get; set; }

    /// <summary>Changes of the membership that were refused.</summary>
    public long ChangesRefused { get; set; }

    /// <summary>Transfers that ended well.</summary>
    public long Transfers { get; set; }

    /// <summary>Reads answered under a lease.</summary>
    public long LeaseReads { get; set; }

    /// <summary>Reads whose lease had passed when they were done.</summary>
    public long LeasesPassed { get; set; }

    /// <summary>What became of logs and snapshots.</summary>
    public StorageCounts Storage { get; } = new();

    /// <summary>How often faults struck, of all kinds.</summary>
    public long FaultsFired
    {
        get
        {
            var sum = 0L;
            foreach (var fired in _faults)
            {
                sum += fired;
            }

            return sum;
        }
    }

    /// <summary>How often a fault of a kind struck.</summary>
    public long FaultsOf(FaultKind kind) => _faults[(int)kind];

    /// <summary>A fault struck.</summary>
    internal void Fired(FaultKind kind) => _faults[(int)kind]++;

    /// <summary>How often the power went at a named point.</summary>
    internal long CrashesAt(CrashPoint point) => _points[point.Number];

    /// <summary>The power went at a named point.</summary>
    internal void Reached(CrashPoint point)
    {
        _points[point.Number]++;
        Fired(FaultKind.CrashPoint);
    }

    /// <summary>A call on a disk met an error.</summary>
    internal void Failed(DiskOperationKind call)
    {
        Fired(FaultKind.DiskError);
        Mark? mark = call switch
        {
            DiskOperationKind.Create => Mark.CreateFailed,
            DiskOperationKind.Write => Mark.WriteFailed,
            DiskOperationKind.Sync => Mark.SyncFailed,
            DiskOperationKind.Rename => Mark.RenameFailed,
            DiskOperationKind.SyncDirectory => Mark.SyncDirectoryFailed,
            _ => null,
        };
        if (mark is { } known)
        {
            Reached(known);
        }
    }

    /// <summary>A machine lost its power, and its disk what was not synced.</summary>
    internal void Lost(in CrashLosses losses)
    {
        _marks[(int)Mark.WriteTorn] += losses.TornFiles;
        _marks[(int)Mark.SizeWithoutData] += losses.SizesWithoutData;
        _marks[(int)Mark.DataWithoutSize] += losses.DataWithoutSizes;
        _marks[(int)Mark.CreateLost] += losses.CreatesLost;
        _marks[(int)Mark.RenameLost] += losses.RenamesLost;
        _marks[(int)Mark.DeleteLost] += losses.DeletesLost;
    }

    /// <summary>How often a run came by a mark.</summary>
    internal long MarksOf(Mark mark) => _marks[(int)mark];

    /// <summary>The run came by a mark.</summary>
    internal void Reached(Mark mark) => _marks[(int)mark]++;

    /// <summary>Adds the numbers of another run.</summary>
    public void Add(RunCounts other)
    {
        Events += other.Events;
        Messages += other.Messages;
        Elections += other.Elections;
        Commits += other.Commits;
        Operations += other.Operations;
        Acknowledged += other.Acknowledged;
        Reads += other.Reads;
        Refused += other.Refused;
        Unknown += other.Unknown;
        ChangesApplied += other.ChangesApplied;
        ChangesRefused += other.ChangesRefused;
        Transfers += other.Transfers;
        LeaseReads += other.LeaseReads;
        LeasesPassed += other.LeasesPassed;
        Storage.Add(other.Storage);
        for (var i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }

        for (var i = 0; i < _points.Length; i++)
        {
            _points[i] += other._points[i];
        }

        for (var i = 0; i < _marks.Length; i++)
        {
            _marks[i] += other._marks[i];
        }
    }
}
