using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Clusters;

/// <summary>What a node finds after a crash, and the writes that wait in order.</summary>
public sealed class ClusterDisk(HardState hardState, ClusterLog log)
{
    private readonly Queue<ClusterWrite> _queue = new();

    /// <summary>The durable term, vote and commit index.</summary>
    public HardState HardState { get; set; } = hardState;

    /// <summary>The durable log.</summary>
    public ClusterLog Log { get; } = log;

    /// <summary>The durable snapshot, if there is one.</summary>
    public LogPosition Snapshot { get; set; }

    /// <summary>The membership as of it.</summary>
    public Membership? SnapshotMembership { get; set; }

    /// <summary>How many writes wait.</summary>
    public int Queued => _queue.Count;

    /// <summary>The writes that wait.</summary>
    public IEnumerable<ClusterWrite> Queue => _queue;

    /// <summary>Adds a write at the end.</summary>
    public void Add(ClusterWrite write) => _queue.Enqueue(write);

    /// <summary>A crash: what waits is lost.</summary>
    public void LoseQueue() => _queue.Clear();

    /// <summary>Remembers the commit index, which causes no write of its own.</summary>
    public void NoteCommit(LogIndex commit) => HardState = HardState with
    {
        Commit = LogIndex.Max(HardState.Commit, LogIndex.Min(commit, Log.Last)),
    };

    /// <summary>Carries out the oldest write.</summary>
    public ClusterWrite CarryOutNext()
    {
        var write = _queue.Dequeue();
        switch (write.Kind)
        {
            case EffectKind.SaveHardState:
                HardState = new HardState(write.Term, write.Vote, HardState.Commit);
                break;
            case EffectKind.TruncateLog:
                Log.TruncateFrom(write.First);
                break;
            case EffectKind.AppendToLog:
                Log.Append(write.Entries);
                break;
            case EffectKind.RepairLog:
                for (var i = 0; i < write.Entries.Count; i++)
                {
                    Log.Replace(write.First + (ulong)i, write.Entries[i]);
                }

                break;
            case EffectKind.InstallSnapshot:
                Install(write);
                break;
            default:
                throw new InvalidOperationException($"{write.Kind} is no write");
        }

        return write;
    }

    private void Install(ClusterWrite write)
    {
        (Snapshot, SnapshotMembership) = (write.Last, write.Membership);
        if (!write.KeepsTail)
        {
            Log.Reset(write.Last, write.Membership!);
        }
        else if (write.Last.Index > Log.Base.Index)
        {
            Log.CompactTo(write.Last.Index);
        }

        NoteCommit(write.Last.Index);
    }
}

/// <summary>A write that waits for the disk.</summary>
public sealed record ClusterWrite(EffectKind Kind)
{
    /// <summary>SaveHardState: the term.</summary>
    public Term Term { get; init; }

    /// <summary>SaveHardState: the vote.</summary>
    public NodeId Vote { get; init; }

    /// <summary>The first index cut, appended or repaired.</summary>
    public LogIndex First { get; init; }

    /// <summary>The last position appended, repaired or covered.</summary>
    public LogPosition Last { get; init; }

    /// <summary>What is written.</summary>
    public IReadOnlyList<ClusterEntry> Entries { get; init; } = [];

    /// <summary>To be given back with the completion.</summary>
    public ulong Generation { get; init; }

    /// <summary>InstallSnapshot: the membership as of it.</summary>
    public Membership? Membership { get; init; }

    /// <summary>InstallSnapshot: whether the entries behind it stay.</summary>
    public bool KeepsTail { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        EffectKind.SaveHardState => $"term {Term}, vote {Scripts.MembershipText.Of(Vote)}",
        EffectKind.TruncateLog => $"cut from {First}",
        EffectKind.InstallSnapshot => $"snapshot at {Last}",
        _ => string.Join(' ', Entries.Select((entry, i) => entry.At(First + (ulong)i))),
    };
}
