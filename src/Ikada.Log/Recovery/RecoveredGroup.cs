using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>Fills a group's log with what recovery finds. All of it is in the stream: so what is held and
/// what was built are the same here.</summary>
internal readonly struct RecoveredGroup(GroupLog log)
{
    public void Add(in LogEntry entry, ulong location, bool fillsTail)
    {
        log.Entries.HoldFound(entry, location, fillsTail);
        SetBuilt();
    }

    /// <summary>An entry that cannot be read, or the traces of one. A term of 0 is lost.</summary>
    public void AddDamaged(LogIndex index, Term term)
    {
        log.Entries.HoldDamaged(new LogPosition(index, term));
        SetBuilt();
    }

    /// <summary>A copy of an entry, found further on.</summary>
    public void Rewrite(in LogEntry entry, ulong location)
    {
        if (entry.Index > log.Base.Index && entry.Index <= log.Last.Index
            && log.Entries.Held.Rewritten(entry.Position, location))
        {
            log.Entries.Found!.Replace((int)(entry.Index.Value - log.Base.Index.Value - 1), entry);
            log.Entries.Learned(entry.Position);
            SetBuilt();
        }
    }

    public void Truncate(LogIndex first)
    {
        log.Entries.Found!.Truncate((int)(first.Value - log.Base.Index.Value - 1));
        log.Entries.CutFrom(first);
        SetBuilt();
    }

    public void StartAt(LogPosition start, Membership membership, ReadOnlyMemory<byte> bytes)
    {
        log.Entries.StartAt(start, membership);
        log.BuiltBase = new RecordedBase(start, bytes);
        SetBuilt();
    }

    public void MoveBase(LogPosition newBase, Membership membership, ReadOnlyMemory<byte> bytes)
    {
        log.Entries.MoveBase(newBase, membership);
        log.BuiltBase = new RecordedBase(newBase, bytes);
        SetBuilt();
    }

    private void SetBuilt() => log.Built = log.Built with { Group = log.Group, Last = log.Last };
}
