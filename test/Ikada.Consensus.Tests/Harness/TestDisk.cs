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

    /// <summary>Entries that stand here and cannot be read, and whether their terms are lost too.</summary>
    public SortedDictionary<ulong, bool> Damaged { get; } = [];

    /// <summary>Entries may be missing at the end; remembered until the node knows better.</summary>
    public bool IsUnsure { get; set; }

    public bool LostHardState { get; set; }

    /// <summary>The snapshots before <see cref="Base"/> are lost.</summary>
    public bool LostState { get; set; }

    /// <summary>What was here once and is lost without a trace, by index.</summary>
    public Dictionary<int, TestEntry> Forgotten { get; } = [];

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

    public void Repair(LogIndex first, TestEntry[] entries) =>
        _queue.Enqueue(new Write { RepairsFrom = first, Entries = entries });

    /// <summary>The entries from that index on are lost, and that is not known; the commit index written
    /// behind them with them, or not.</summary>
    public void LoseFrom(int first, bool losesCommit = true)
    {
        if (losesCommit)
        {
            var left = new LogIndex((ulong)first - 1);
            HardState = HardState with { Commit = LogIndex.Min(HardState.Commit, left) };
        }

        for (var i = first - 1; i < Log.Count; i++)
        {
            Forgotten[i] = Log[i];
        }

        Log.RemoveRange(first - 1, Log.Count - first + 1);
        DropDamage((ulong)first);
    }

    public void Install(TestSnapshot snapshot, bool keepsTail) =>
        _queue.Enqueue(new Write { Snapshot = snapshot, KeepsTail = keepsTail });

    /// <summary>A durable snapshot takes the place of the entries up to there.</summary>
    public void Compact(LogPosition position, Membership membership)
    {
        (Base, BaseMembership) = (position, membership);
        foreach (var index in Damaged.Keys.Where(index => index <= position.Index.Value).ToArray())
        {
            Damaged.Remove(index);
        }
    }

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
            LostState = false;
            DropDamage(write.KeepsTail ? (ulong)Log.Count + 1 : 0);
            Installs++;
        }
        else if (write.CutAt > LogIndex.Zero)
        {
            Log.RemoveRange((int)write.CutAt.Value - 1, Log.Count - (int)write.CutAt.Value + 1);
            DropDamage(write.CutAt.Value);
        }
        else if (write.RepairsFrom > LogIndex.Zero)
        {
            for (var i = 0; i < write.Entries.Length; i++)
            {
                Log[(int)write.RepairsFrom.Value - 1 + i] = write.Entries[i];
                Damaged.Remove(write.RepairsFrom.Value + (ulong)i);
            }
        }
        else
        {
            Log.AddRange(write.Entries);
        }

        return write;
    }

    /// <summary>A crash: what was not carried out is gone.</summary>
    public void LoseQueue() => _queue.Clear();

    private void DropDamage(ulong first)
    {
        foreach (var index in Damaged.Keys.Where(index => index >= first).ToArray())
        {
            Damaged.Remove(index);
        }
    }

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

        public LogIndex RepairsFrom { get; init; }

        public LogPosition Last { get; init; }

        public ulong Generation { get; init; }

        public TestSnapshot? Snapshot { get; init; }

        public bool KeepsTail { get; init; }
    }
}
