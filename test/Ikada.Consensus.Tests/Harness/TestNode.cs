namespace Ikada.Consensus.Tests.Harness;

/// <summary>
/// One core with a settable clock, a disk whose completions come at once or when told, and a list of what
/// it sent.
/// </summary>
internal sealed class TestNode
{
    private readonly NodeSetup _setup;
    private string[] _proposed = [];
    private TestEntry[] _received = [];
    private TestSnapshot? _arrived;

    public TestNode(NodeSetup setup)
    {
        _setup = setup;
        Id = new NodeId((ulong)setup.Id);
        Disk = new TestDisk(
            new HardState(new Term(setup.Term), new NodeId((ulong)setup.Vote),
                new LogIndex(setup.Commit)), setup.Log);
        Now = setup.Now;
        Identity = setup.Incarnation == 0 ? default
            : new PeerIdentity(new Incarnation(setup.Incarnation), new StartCount(1));
        Core = Start(setup.Seed);
    }

    public NodeId Id { get; }

    public TestDisk Disk { get; private set; }

    /// <summary>What the disk that was lost last had held: acknowledged once, and counted by whoever heard
    /// that.</summary>
    public TestEntry[] LostLog { get; private set; } = [];

    /// <summary>Its directory: which, and how often it was opened.</summary>
    public PeerIdentity Identity { get; private set; }

    /// <summary>The log as appended, durable or not.</summary>
    public List<TestEntry> Log { get; } = [];

    public Instant Now { get; set; }

    public ConsensusCore Core { get; private set; }

    /// <summary>Completions wait until <see cref="FlushDisk"/> or <see cref="FlushOne"/>.</summary>
    public bool HoldsDisk { get; set; }

    public List<Envelope> Sent { get; } = [];

    /// <summary>
    /// The effects of the last step, copied; those of completions told at once are not in it.
    /// </summary>
    public Effect[] LastEffects { get; private set; } = [];

    public List<Effect> Answers { get; } = [];

    /// <summary>How the transfers of leadership asked for here ended.</summary>
    public List<TransferOutcome> Transfers { get; } = [];

    /// <summary>The facts observed, in order.</summary>
    public List<(Fact Fact, NodeId Peer)> Facts { get; } = [];

    /// <summary>The snapshots asked for and aborted, in order; a cluster carries them out.</summary>
    public List<Effect> SnapshotWishes { get; } = [];

    /// <summary>Sees every effect before it is carried out.</summary>
    public Action<TestNode, Effect>? OnEffect { get; set; }

    public Role Role => Core.Role;

    public ulong Term => Core.Term.Value;

    public ulong Commit => Core.Commit.Value;

    public int Leader => (int)Core.Leader.Value;

    public ulong[] Terms => [.. Log.Select(entry => entry.Term)];

    /// <summary>Starts anew from the disk alone, as after a crash.</summary>
    public void Restart(ulong seed)
    {
        Disk.LoseQueue();
        Sent.Clear();
        Answers.Clear();
        SnapshotWishes.Clear();
        Identity = Identity.IsNone ? default
            : Identity with { StartCount = new StartCount(Identity.StartCount.Value + 1) };
        Core = Start(seed);
    }

    /// <summary>Starts anew with an empty disk and, where incarnations are looked at, another one.</summary>
    public void Wipe(ulong seed, ulong incarnation = 0)
    {
        LostLog = [.. Disk.Log];
        Disk = new TestDisk(default, []);
        Restart(seed);
        Identity = incarnation == 0 ? default
            : new PeerIdentity(new Incarnation(incarnation), new StartCount(1));
        Core = Start(seed);
    }

    public void Step(in Input input)
    {
        Core.Step(input);
        var effects = Core.Effects.ToArray();
        LastEffects = effects;
        foreach (var effect in effects)
        {
            OnEffect?.Invoke(this, effect);
            Carry(effect);
        }

        _proposed = [];
        _received = [];
        Disk.IsUnsure &= Core.IsLogInDoubt;
        if (!HoldsDisk)
        {
            FlushDisk();
            LastEffects = effects;
        }
    }

    public void Tick() => Step(Input.Tick(Now));

    public void TickAfter(TimeSpan time)
    {
        Now += time;
        Tick();
    }

    /// <summary>Lets time pass to where the core wants its next tick.</summary>
    public void PassDeadline()
    {
        Now = new Instant(Math.Max(Now.Ticks, Core.NextDeadline.Ticks));
        Tick();
    }

    public void Receive(Envelope envelope)
    {
        if (envelope.Snapshot is { } snapshot)
        {
            _arrived = snapshot;
            Step(Input.SnapshotReceived(Now, envelope.Message, snapshot.Membership, envelope.Sender));
            return;
        }

        _received = envelope.Entries;
        EntryHeader[] headers = [.. envelope.Entries.Select(entry => entry.Header)];
        Step(Input.Received(Now, envelope.Message, headers, envelope.Sender));
    }

    /// <summary>Receives it from that process.</summary>
    public void ReceiveFrom(
        ulong incarnation, ulong startCount, Message message, params TestEntry[] entries) =>
        Receive(new Envelope(message with { To = Id }, entries)
        {
            Sender = new PeerIdentity(new Incarnation(incarnation), new StartCount(startCount)),
        });

    public void Receive(Message message, params TestEntry[] entries) =>
        Receive(new Envelope(message with { To = Id }, entries));

    /// <summary>A snapshot arrives whole from the leader of that term.</summary>
    public void Receive(int from, ulong term, TestSnapshot snapshot) => Receive(new Envelope(
        new Message
        {
            Type = MessageType.InstallSnapshot, From = new NodeId((ulong)from), To = Id,
            Term = new Term(term), Position = snapshot.Position,
        },
        [])
    { Snapshot = snapshot });

    public void Propose(params string[] bodies)
    {
        _proposed = bodies;
        EntryHeader[] headers = [.. bodies.Select(body => new TestEntry(0, body).Header)];
        Step(Input.Proposed(Now, headers));
    }

    /// <summary>Asks for another leader; 0: the best.</summary>
    public void Transfer(int target = 0) => Step(Input.TransferRequested(Now, new NodeId((ulong)target)));

    /// <summary>Asks for a change of membership; see <see cref="Wish"/>.</summary>
    public void Change(MembershipChange change) => Step(Input.MembershipProposed(Now, change));

    /// <summary>A snapshot up to <paramref name="index"/> takes the place of the log before it.</summary>
    public void Compact(ulong index)
    {
        var position = PositionAt(index);
        var membership = MembershipAt(index);
        Disk.Compact(position, membership);
        Step(Input.LogCompacted(Now, position, membership));
    }

    /// <summary>The log has no room for commands any more, or has again.</summary>
    public void Fill(bool isFull = true) => Step(Input.SpaceChanged(Now, isFull));

    /// <summary>What this node would send to one that is behind its log.</summary>
    public TestSnapshot Snapshot(ulong index) =>
        new(PositionAt(index), MembershipAt(index), [.. Log.Take((int)index)]);

    public void SnapshotStarted(int peer, ulong index) =>
        Step(Input.SnapshotStarted(Now, new NodeId((ulong)peer), PositionAt(index)));

    public void SnapshotEnded(int peer, bool succeeded) =>
        Step(Input.SnapshotEnded(Now, new NodeId((ulong)peer), succeeded));

    public void Read(ulong readId) => Step(Input.ReadRequested(Now, readId));

    public void Opened(int peer) => Step(Input.ConnectionOpened(Now, new NodeId((ulong)peer)));

    public void Closed(int peer) => Step(Input.ConnectionClosed(Now, new NodeId((ulong)peer)));

    /// <summary>Carries out everything queued for the disk and tells the core.</summary>
    public void FlushDisk()
    {
        while (Disk.Queued > 0)
        {
            FlushOne();
        }
    }

    public void FlushOne()
    {
        var write = Disk.CarryOutNext();
        if (write.SavesHardState)
        {
            Step(Input.HardStateSaved(Now, Disk.HardState));
        }
        else if (write.RepairsFrom > LogIndex.Zero)
        {
            Step(Input.LogRepaired(
                Now, write.RepairsFrom, (write.RepairsFrom + (ulong)write.Entries.Length).Previous));
        }
        else if (write.Snapshot is { } snapshot)
        {
            Step(Input.SnapshotInstalled(Now, snapshot.Position));
        }
        else if (write.Entries.Length > 0)
        {
            Step(Input.LogFlushed(Now, write.Last, write.Generation));
        }
    }

    /// <summary>What was sent since the last call.</summary>
    public Envelope[] TakeSent()
    {
        Envelope[] sent = [.. Sent];
        Sent.Clear();
        return sent;
    }

    public Envelope[] TakeSent(MessageType type) => [.. TakeSent().Where(sent => sent.Type == type)];

    private ConsensusCore Start(ulong seed)
    {
        Log.Clear();
        Log.AddRange(Disk.Log);
        var restored = new RestoredLog(
            Disk.Base, Disk.BaseMembership ?? _setup.Membership, Disk.HardState, LogIndex.Zero)
        {
            Identity = Identity, IsUnsure = Disk.IsUnsure, LostHardState = Disk.LostHardState,
            IsStateMissing = Disk.LostState,
        };
        for (var index = Disk.Base.Index.Value + 1; index <= (ulong)Log.Count; index++)
        {
            var entry = Log[(int)index - 1];
            if (Disk.Damaged.TryGetValue(index, out var lostTerm))
            {
                restored.AddDamaged(new LogIndex(index), lostTerm ? default : new Term(entry.Term));
            }
            else
            {
                restored.Add(entry.Header);
            }
        }

        return new ConsensusCore(_setup.Options, Id, restored, seed, Now);
    }

    private void Carry(in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.SaveHardState:
                Disk.SaveHardState(effect.Term, effect.Vote);
                break;
            case EffectKind.TruncateLog:
                Log.RemoveRange((int)effect.First.Value - 1, Log.Count - (int)effect.First.Value + 1);
                Disk.Truncate(effect.First);
                break;
            case EffectKind.AppendToLog:
                Append(effect);
                break;
            case EffectKind.RepairLog:
                Repair(effect);
                break;
            case EffectKind.Send:
                Sent.Add(new Envelope(effect.Message, Fill(effect)) { Sender = Identity });
                break;
            case EffectKind.Commit:
                Disk.NoteCommit(LogIndex.Min(effect.Last, Core.Durable));
                break;
            case EffectKind.InstallSnapshot:
                Install(effect);
                break;
            case EffectKind.SendSnapshot or EffectKind.AbortSnapshot:
                SnapshotWishes.Add(effect);
                break;
            case EffectKind.Observe:
                Facts.Add((effect.Fact, effect.Peer));
                break;
            case EffectKind.AnswerRead or EffectKind.RefuseRead or EffectKind.AcceptProposal
                or EffectKind.RefuseProposal:
                Answers.Add(effect);
                break;
            case EffectKind.EndTransfer:
                Transfers.Add(effect.Transfer);
                break;
        }
    }

    private LogPosition PositionAt(ulong index) =>
        new(new LogIndex(index), new Term(index == 0 ? 0 : Log[(int)index - 1].Term));

    private Membership MembershipAt(ulong index) =>
        Log.Take((int)index).LastOrDefault(entry => entry.Membership is not null).Membership
            ?? _setup.Membership;

    private void Install(in Effect effect)
    {
        var snapshot = _arrived!;
        Assert.Equal(snapshot.Position.Index, effect.Last);
        TestEntry[] tail = effect.KeepsTail ? [.. Log.Skip((int)effect.Last.Value)] : [];
        Log.Clear();
        Log.AddRange([.. snapshot.Entries, .. tail]);
        Disk.Install(snapshot, effect.KeepsTail);
    }

    private void Append(in Effect effect)
    {
        var term = effect.Term.Value;
        var count = (int)(effect.Last - effect.First) + 1;
        TestEntry[] entries = effect.Membership is { } membership ? [TestEntry.Of(term, membership)]
            : _received.Length > 0 ? _received[effect.Skip..(effect.Skip + count)]
            : _proposed.Length > 0 ? [.. _proposed.Select(body => new TestEntry(term, body))]
            : [new TestEntry(term, string.Empty)];
        Assert.Equal((ulong)Log.Count + 1, effect.First.Value);
        Log.AddRange(entries);
        Assert.Equal((ulong)Log.Count, effect.Last.Value);
        Disk.Append(entries, new LogPosition(effect.Last, new Term(entries[^1].Term)), effect.Generation);
    }

    private void Repair(in Effect effect)
    {
        var entries = _received[effect.Skip..(effect.Skip + (int)(effect.Last - effect.First) + 1)];
        for (var i = 0; i < entries.Length; i++)
        {
            Log[(int)effect.First.Value - 1 + i] = entries[i];
        }

        Disk.Repair(effect.First, entries);
    }

    private TestEntry[] Fill(in Effect effect)
    {
        var message = effect.Message;
        if (message.Type is not (MessageType.Append or MessageType.EntryReply) || message.Reject
            || message.End == message.Position.Index)
        {
            return [];
        }

        Assert.DoesNotContain(
            Core.Damage, range => range.First <= message.End && range.Last > message.Position.Index);
        Assert.True(
            effect.Message.Position.Index >= Disk.Base.Index,
            $"{effect.Message} needs entries that were compacted, the log starts after {Disk.Base}");
        var entries = Log[(int)effect.Message.Position.Index.Value..(int)effect.Message.End.Value];
        Assert.Equal(effect.LastTerm.Value, entries[^1].Term);
        return [.. entries];
    }
}
