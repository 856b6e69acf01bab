using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The entries of a group behind its base: the tail in memory, where the rest stands, which are on
/// their way to the disk, and who reads them.</summary>
internal sealed class GroupEntries(GroupLog group, TailBudget budget, SegmentUse use)
{
    private readonly FlushRuns _flushing = new();

    public LogPosition Base { get; private set; }

    public Membership BaseMembership { get; private set; } = Membership.Empty;

    public bool HasBase { get; private set; }

    public LogPosition Last { get; private set; }

    public LogPosition Durable { get; private set; }

    public EntryTail Tail { get; } = new();

    public HeldEntries Held { get; } = new(use);

    /// <summary>The reads under way, to be told of what they can no longer give.</summary>
    public List<ReadOperation> Reads { get; } = [];

    /// <summary>What the owner has not seen yet of the entries found at open; null once it wrote.</summary>
    public RecoveredEntries? Found { get; set; } = new();

    /// <summary>An entry behind the last one.</summary>
    public void Hold(in LogEntry entry)
    {
        Tail.Add(entry);
        budget.Added(group, entry);
        Held.Appended(entry.Position);
        Last = entry.Position;
    }

    /// <summary>An entry that the disk holds. Where it does not fill the tail, its body is read back when it
    /// is asked for.</summary>
    public void HoldFound(in LogEntry entry, ulong location, bool fillsTail)
    {
        Found!.Add(entry);
        if (fillsTail)
        {
            Hold(entry);
        }
        else
        {
            Held.Appended(entry.Position);
            Last = entry.Position;
        }

        Held.Recorded(entry.Index, location);
        Durable = Last;
        budget.Trim();
    }

    /// <summary>An entry that cannot be read. A term of 0 is lost.</summary>
    public void HoldDamaged(LogPosition position)
    {
        // The tail has no holes: what is before this one is read back from the disk.
        budget.Removed(Tail.TruncateFrom(default));
        Found!.AddDamaged();
        Held.Damaged(position.Index, position.Term);
        Last = Durable = position;
    }

    /// <summary>Removes all from an index on.</summary>
    public void CutFrom(LogIndex first)
    {
        budget.Removed(Tail.TruncateFrom(first));
        Held.TruncateFrom(first);
        Last = Held.PositionOf(first.Previous);
        if (Durable.Index >= first)
        {
            Durable = Last;
        }

        _flushing.TruncateFrom(first);
        foreach (var read in Reads)
        {
            read.Truncated(first);
        }
    }

    /// <summary>Begins behind a base, holding nothing.</summary>
    public void StartAt(LogPosition start, Membership membership)
    {
        foreach (var read in Reads)
        {
            read.Compacted(read.Last);
        }

        _flushing.Clear();
        budget.Removed(Tail.TruncateFrom(default));
        Held.Reset(start);
        Found?.Clear();
        Base = Last = Durable = start;
        BaseMembership = membership;
        HasBase = true;
    }

    /// <summary>Forgets what lies up to a base.</summary>
    public void MoveBase(LogPosition newBase, Membership membership)
    {
        foreach (var read in Reads)
        {
            read.Compacted(newBase.Index);
        }

        _flushing.DropTo(newBase.Index);
        budget.Removed(Tail.DropTo(newBase.Index));
        Held.CompactTo(newBase, Last.Index);
        Found?.RemoveFirst((int)(newBase.Index.Value - Base.Index.Value));
        Base = newBase;
        BaseMembership = membership;
        Last = Last.Index <= newBase.Index ? newBase : Last; // its term may have been lost
        Durable = Durable.Index <= newBase.Index ? newBase : Durable;
    }

    /// <summary>An entry goes into the batch under construction, its record at that place.</summary>
    public void Record(in LogEntry entry, ulong location, ulong batch, ulong generation)
    {
        if (entry.Index > Base.Index)
        {
            Held.Recorded(entry.Index, location);
            _flushing.Add(batch, generation, entry.Index);
        }
    }

    public bool TryTakeFlushed(ulong batch, out FlushRun run)
    {
        if (!_flushing.TryTake(batch, out run))
        {
            return false;
        }

        Durable = Held.PositionOf(run.Last);
        return true;
    }

    /// <summary>The term of an entry may have been lost before.</summary>
    public void Learned(LogPosition entry)
    {
        Last = Last.Index == entry.Index ? entry : Last;
        Durable = Durable.Index == entry.Index ? entry : Durable;
    }
}
