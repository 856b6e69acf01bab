using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>
/// One consensus core with its log, its disk and its hand in the network: carries out what the core asks
/// for, in order, and writes down what happened.
/// </summary>
public sealed class ClusterNode
{
    private readonly ScriptCluster _cluster;
    private readonly List<NodeId> _unsent = [];
    private IReadOnlyList<ClusterEntry> _proposed = [];
    private IReadOnlyList<ClusterEntry> _received = [];
    private string _members = string.Empty;

    /// <summary>Starts from a disk.</summary>
    public ClusterNode(ScriptCluster cluster, NodeId id, ClusterDisk disk, NodeStart start)
    {
        _cluster = cluster;
        Id = id;
        Disk = disk;
        Log = disk.Log.Copy();
        Core = Begin(start);
    }

    /// <summary>Who it is.</summary>
    public NodeId Id { get; }

    /// <summary>What survives a crash.</summary>
    public ClusterDisk Disk { get; }

    /// <summary>The log as appended, durable or not.</summary>
    public ClusterLog Log { get; private set; }

    /// <summary>The core.</summary>
    public ConsensusCore Core { get; private set; }

    /// <summary>How it started last.</summary>
    public NodeStart Started { get; private set; } = new();

    /// <summary>Writes wait until told.</summary>
    public bool HoldsDisk { get; set; }

    /// <summary>It does not run.</summary>
    public bool IsDown { get; set; }

    /// <summary>Starts anew from its disk alone, as after a crash.</summary>
    public void Restart(NodeStart start)
    {
        Disk.LoseQueue();
        Log = Disk.Log.Copy();
        IsDown = false;
        Core = Begin(start);
    }

    /// <summary>Its next start is the first of a new directory.</summary>
    public void ForgetDirectory()
    {
        if (!Started.Identity.IsNone)
        {
            var incarnation = new Incarnation(Started.Identity.Incarnation.Value + 1);
            Started = Started with { Identity = new PeerIdentity(incarnation, default) };
        }
    }

    /// <summary>Takes an input and carries out what follows from it.</summary>
    public void Step(in Input input)
    {
        Core.Step(input);
        foreach (var effect in Core.Effects.ToArray())
        {
            _cluster.Rules.Judge(this, effect);
            if (EffectText.Of(effect) is { } line)
            {
                Say(line);
            }

            Carry(effect);
        }

        _proposed = [];
        _received = [];
        SayMembers();
        TellUnsent();
        if (!HoldsDisk)
        {
            FlushDisk();
        }
    }

    /// <summary>Time has passed.</summary>
    public void Tick() => Step(Input.Tick(_cluster.Now));

    /// <summary>Something arrived from another node.</summary>
    public void Receive(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var from = envelope.Message.From;
        if (envelope.Arrived is { } arrived)
        {
            Step(Input.SnapshotEnded(_cluster.Now, from, arrived));
            return;
        }

        var sender = _cluster[from].Started.Identity;
        if (envelope.Membership is { } membership)
        {
            Step(Input.SnapshotReceived(_cluster.Now, envelope.Message, membership, sender));
            return;
        }

        _received = envelope.Entries;
        Step(Input.Received(
            _cluster.Now, envelope.Message, [.. envelope.Entries.Select(entry => entry.Header)], sender));
    }

    /// <summary>A client wants these appended.</summary>
    public void Propose(IReadOnlyList<ClusterEntry> entries)
    {
        _proposed = entries;
        Step(Input.Proposed(_cluster.Now, [.. entries.Select(entry => entry.Header)]));
    }

    /// <summary>Takes a snapshot of what is committed, unless it has one that reaches that far.</summary>
    public void TakeSnapshot(LogIndex upTo)
    {
        if (Disk.Snapshot.Index < upTo)
        {
            Disk.SnapshotMembership = Log.MembershipAt(upTo);
            Disk.Snapshot = Log.PositionAt(upTo);
        }
    }

    /// <summary>Drops the log up to an index that a snapshot covers.</summary>
    public void Compact(LogIndex upTo)
    {
        TakeSnapshot(upTo);
        Log.CompactTo(upTo);
        Disk.Log.CompactTo(upTo);
        Step(Input.LogCompacted(_cluster.Now, Log.Base, Log.BaseMembership));
    }

    /// <summary>Carries out everything queued for the disk and tells the core.</summary>
    public void FlushDisk()
    {
        while (Disk.Queued > 0)
        {
            FlushOne();
        }
    }

    /// <summary>Carries out the oldest write and tells the core.</summary>
    public void FlushOne()
    {
        var write = Disk.CarryOutNext();
        if (HoldsDisk)
        {
            Say($"written {write}");
        }

        var now = _cluster.Now;
        switch (write.Kind)
        {
            case EffectKind.SaveHardState:
                Step(Input.HardStateSaved(now, Disk.HardState));
                break;
            case EffectKind.AppendToLog:
                Step(Input.LogFlushed(now, write.Last, write.Generation));
                break;
            case EffectKind.RepairLog:
                Step(Input.LogRepaired(now, write.First, write.Last.Index));
                break;
            case EffectKind.InstallSnapshot:
                Step(Input.SnapshotInstalled(now, write.Last));
                break;
        }
    }

    /// <summary>Adds a line to the trace.</summary>
    public void Say(string line) => _cluster.Trace.Add($"{MembershipText.Of(Id)}: {line}");

    private ConsensusCore Begin(NodeStart start)
    {
        Started = start;
        var restored = new RestoredLog(Log.Base, Log.BaseMembership, Disk.HardState, LogIndex.Zero)
        {
            IsUnsure = start.IsUnsure, LostHardState = start.LostHardState, Identity = start.Identity,
        };
        for (var index = Log.Base.Index.Next; index <= Log.Last; index = index.Next)
        {
            var entry = Log[index];
            if (!entry.IsDamaged)
            {
                restored.Add(entry.Header);
                continue;
            }

            while (Log.Holds(index.Next) && Log[index.Next] is { IsDamaged: true } next
                && next.ReadableTerm == entry.ReadableTerm)
            {
                index = index.Next;
            }

            restored.AddDamaged(index, entry.ReadableTerm);
        }

        var core = new ConsensusCore(_cluster.Options, Id, restored, start.Seed, _cluster.Now);
        _members = MembershipText.Of(core.Membership);
        return core;
    }

    private void Carry(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.SaveHardState:
                Write(new ClusterWrite(effect.Kind) { Term = effect.Term, Vote = effect.Vote });
                break;
            case EffectKind.TruncateLog:
                Log.TruncateFrom(effect.First);
                Write(new ClusterWrite(effect.Kind) { First = effect.First });
                break;
            case EffectKind.AppendToLog:
                Append(effect);
                break;
            case EffectKind.Send:
                Send(effect);
                break;
            case EffectKind.Commit:
                Disk.NoteCommit(LogIndex.Min(effect.Last, Core.Durable));
                break;
            case EffectKind.SendSnapshot:
                SendSnapshot(effect.Peer, effect.First);
                break;
            case EffectKind.AbortSnapshot:
                _cluster.Abort(Id, effect.Peer);
                break;
            case EffectKind.InstallSnapshot:
                Install(effect);
                break;
            case EffectKind.RepairLog:
                Repair(effect);
                break;
        }
    }

    private void Append(in Effect effect)
    {
        var term = effect.Term;
        var count = (int)(effect.Last - effect.First) + 1;
        IReadOnlyList<ClusterEntry> entries =
            effect.Membership is { } membership ? [ClusterEntry.Of(term, membership)]
            : _received.Count > 0 ? [.. _received.Skip(effect.Skip).Take(count)]
            : _proposed.Count > 0 ? [.. _proposed.Select(entry => entry with { Term = term })]
            : [ClusterEntry.Empty(term)];
        Invariant.Check(
            Log.Last.Next == effect.First && Log.Last + (ulong)entries.Count == effect.Last,
            $"node {Id} appends {effect.First}..{effect.Last}, its log ends at {Log.Last}");
        Log.Append(entries);
        var write = new ClusterWrite(effect.Kind)
        {
            First = effect.First, Last = Log.PositionAt(effect.Last), Entries = entries,
            Generation = effect.Generation,
        };
        if (Core.Role == Role.Leader)
        {
            Say($"append {write}");
        }

        Write(write);
    }

    private void Write(ClusterWrite write)
    {
        Disk.Add(write);
        if (HoldsDisk)
        {
            Say($"writes {write}");
        }
    }

    // A host that cannot fill a message any more drops it and says so.
    private void Send(in Effect effect)
    {
        var message = effect.Message;
        var carries = message.Type is MessageType.Append or MessageType.EntryReply && !message.Reject
            && message.End > message.Position.Index;
        var entries = carries ? Log.Between(message.Position.Index, message.End) : [];
        if (entries is null || (carries && entries[^1].Term != effect.LastTerm))
        {
            _unsent.Add(message.To);
            return;
        }

        _cluster.Send(new Envelope(message, entries));
    }

    private void TellUnsent()
    {
        while (_unsent.Count > 0)
        {
            var peer = _unsent[0];
            _unsent.RemoveAt(0);
            Say($"nothing to send to {MembershipText.Of(peer)}");
            Step(Input.SendDropped(_cluster.Now, peer));
        }
    }

    private void SendSnapshot(NodeId peer, LogIndex first)
    {
        TakeSnapshot(LogIndex.Max(first, Log.Base.Index));
        var (position, membership) = (Disk.Snapshot, Disk.SnapshotMembership!);
        _cluster.Send(new Envelope(
            new Message
            {
                Type = MessageType.InstallSnapshot, From = Id, To = peer, Term = Core.Term,
                Position = position,
            },
            [])
        { Membership = membership });
        _cluster.AfterStep(() => Step(Input.SnapshotStarted(_cluster.Now, peer, position)));
    }

    private void Install(in Effect effect)
    {
        var position = new LogPosition(effect.Last, effect.LastTerm);
        if (!effect.KeepsTail)
        {
            Log.Reset(position, effect.Membership!);
        }
        else
        {
            Log.CompactTo(position.Index);
        }

        Write(new ClusterWrite(effect.Kind)
        {
            Last = position, Membership = effect.Membership, KeepsTail = effect.KeepsTail,
        });
    }

    private void Repair(in Effect effect)
    {
        IReadOnlyList<ClusterEntry> entries =
            [.. _received.Skip(effect.Skip).Take((int)(effect.Last - effect.First) + 1)];
        for (var i = 0; i < entries.Count; i++)
        {
            Log.Replace(effect.First + (ulong)i, entries[i]);
        }

        Write(new ClusterWrite(effect.Kind)
        {
            First = effect.First, Last = Log.PositionAt(effect.Last), Entries = entries,
        });
    }

    private void SayMembers()
    {
        var members = MembershipText.Of(Core.Membership);
        if (members != _members)
        {
            _members = members;
            Say($"members {members}");
        }
    }
}
