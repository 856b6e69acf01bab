namespace Ikada.Consensus.Tests.Harness;

/// <summary>
/// What one node would find after a crash. Writes queue up in order; only those carried out are here.
/// </summary>
internal sealed class TestDisk
{
    private readonly Queue<Write> _queue = new();

    public TestDisk(HardState hardState, IEnumerable<TestEntry> log)
    {
        HardState = hardState;
        Log = [.. log];
    }

    public HardState HardState { get; private set; }

    /// <summary>All entries from index 1, also those that a snapshot stands for by now.</summary>
    public List<TestEntry> Log { get; }

    /// <summary>How many snapshots were put in force.</summary>
    public int Installs { get; private set; }

    /// <summary>What the log proper starts after; before it there is the snapshot.</summary>
    public LogPosition Base { get; private set; }

    /// <summary>The membership as of <see cref="Base"/>; null: that of the start.</summary>
    public Membership? BaseMembership { get; private set; }

    public int Queued => _queue.Count;

    public LogIndex LastIndex => new((ulong)Log.Count);

    public void SaveHardState(Term term, NodeId vote) =>
        _queue.Enqueue(new Write { Term = term, Vote = vote, SavesHardState = true });

    public void Truncate(LogIndex first) => _queue.Enqueue(new Write { CutAt = first });

    public void Append(TestEntry[] entries, LogPosition last, ulong generation) =>
        _queue.Enqueue(new Write { Entries = entries, Last = last, Generation = generation });

    public void Install(TestSnapshot snapshot, bool keepsTail) =>
        _queue.Enqueue(new Write { Snapshot = snapshot, KeepsTail = keepsTail });

    /// <summary>A durable snapshot takes the place of the entries up to there.</summary>
    public void Compact(LogPosition position, Membership membership) =>
        (Base, BaseMembership) = (position, membership);

    /// <summary>Remembers the commit index; as in the real log it causes no write of its own.</summary>
    public void NoteCommit(LogIndex commit) =>
        HardState = HardState with
        {
            Commit = LogIndex.Max(HardState.Commit, LogIndex.Min(commit, LastIndex)),
        };

    /// <summary>Carries out the oldest write and returns it, so that its completion can be told.</summary>
    public Write CarryOutNext()
    {
        var write = _queue.Dequeue();
        if (write.SavesHardState)
        {
            HardState = new HardState(write.Term, write.Vote, HardState.Commit);
        }
        else if (write.Snapshot is { } snapshot)
        {
            var length = (int)snapshot.Position.Index.Value;
            TestEntry[] tail = write.KeepsTail ? [.. Log.Skip(length)] : [];
            Log.Clear();
            Log.AddRange([.. snapshot.Entries, .. tail]);
            Compact(snapshot.Position, snapshot.Membership);
            Installs++;
        }
        else if (write.CutAt > LogIndex.Zero)
        {
            Log.RemoveRange((int)write.CutAt.Value - 1, Log.Count - (int)write.CutAt.Value + 1);
        }
        else
        {
            Log.AddRange(write.Entries);
        }

        return write;
    }

    /// <summary>A crash: what was not carried out is gone.</summary>
    public void LoseQueue() => _queue.Clear();

    internal readonly record struct Write
    {
        public Write()
        {
        }

        public bool SavesHardState { get; init; }

        public Term Term { get; init; }

        public NodeId Vote { get; init; }

        public LogIndex CutAt { get; init; }

        public TestEntry[] Entries { get; init; } = [];

        public LogPosition Last { get; init; }

        public ulong Generation { get; init; }

        public TestSnapshot? Snapshot { get; init; }

        public bool KeepsTail { get; init; }
    }
}
