using System.Diagnostics;
using Ikada.Consensus.Handlers;
using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// The consensus module of one group on one node: a pure function of its inputs. <see cref="Step"/> takes
/// one input and leaves the effects to carry out, in order, in <see cref="Effects"/>. No clock, disk,
/// network or thread is in it.
/// </summary>
public sealed class ConsensusCore
{
    private readonly ConsensusState _state;
    private readonly StepInvariants _invariants;

    /// <summary>Starts from what the log's recovery found.</summary>
    /// <param name="options">The settings; must be valid.</param>
    /// <param name="self">This node.</param>
    /// <param name="restored">What was found on the disk.</param>
    /// <param name="seed">Seeds the generator of election timeouts; must differ between nodes.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvariantException">The restored parts contradict each other.</exception>
    public ConsensusCore(ConsensusOptions options, NodeId self, RestoredLog restored, ulong seed, Instant now)
    {
        ArgumentNullException.ThrowIfNull(restored);
        if (options.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        ArgumentOutOfRangeException.ThrowIfEqual(self.IsNone, true, nameof(self));
        _state = new ConsensusState(options, self, restored, seed, now);
        _state.Election.Start();
        _invariants = new StepInvariants(_state);
    }

    /// <summary>What the last step asks for, in order. Valid until the next step.</summary>
    public ReadOnlySpan<Effect> Effects => _state.Effects.All;

    /// <summary>This node.</summary>
    public NodeId Self => _state.Self;

    /// <summary>What this node is now.</summary>
    public Role Role => _state.Role;

    /// <summary>The latest term seen.</summary>
    public Term Term => _state.Term;

    /// <summary>The term and vote known to be on the disk.</summary>
    public HardState DurableHardState => _state.Outbox.Durable;

    /// <summary>The leader of the term, as far as known.</summary>
    public NodeId Leader => _state.Leader;

    /// <summary>The commit index.</summary>
    public LogIndex Commit => _state.Commit;

    /// <summary>The last entry appended.</summary>
    public LogPosition Last => _state.Log.Last;

    /// <summary>The last entry known to be on this node's disk.</summary>
    public LogIndex Durable => _state.Durable;

    /// <summary>The position before the first entry of the log.</summary>
    public LogPosition Base => _state.Log.Base;

    /// <summary>The membership in force: the newest in the log, committed or not (§6).</summary>
    public Membership Membership => _state.Log.Membership;

    /// <summary>The same with those that an uncommitted change removes: the host keeps in touch with all of
    /// them.</summary>
    public Membership Reachable => _state.Reachable;

    /// <summary>When <see cref="Input.Tick"/> is due.</summary>
    public Instant NextDeadline => Instant.Min(
        _state.Damage.Deadline,
        _state.Quiescence.IsAsleep ? Instant.Never
        : _state.Role == Role.Leader
        ? Instant.Min(_state.Leadership.Rounds.Deadline, _state.Leadership.Transfer.Deadline)
        : Instant.Min(_state.ElectionDeadline, _state.Leadership.Transfer.Watch.Deadline));

    /// <summary>Entries of the log that cannot be read and are to be repaired, by index.</summary>
    public IReadOnlyList<DamagedRange> Damage => _state.Damage.Ranges;

    /// <summary>Whether acknowledged entries may be missing at the end of the log: this node neither votes
    /// nor campaigns.</summary>
    public bool IsUnsure => _state.Damage.IsUnsure;

    /// <summary>Whether acknowledged entries may still be missing. While this holds, the host must remember
    /// across a restart that the log is unsure; it may hold on for a while after
    /// <see cref="Fact.NoLongerUnsure"/>.</summary>
    public bool IsLogInDoubt => _state.Damage.Doubt.Exists;

    /// <summary>Whether this node's log has no room for commands.</summary>
    public bool IsFull => _state.Space.IsFull;

    /// <summary>Whether this node has lost a vote, or entries that it had acknowledged: under this
    /// incarnation it never votes, campaigns or acknowledges again. The host should wipe the directory, take
    /// a new incarnation and have the node added as a learner.</summary>
    public bool IsTreatedAsWiped => _state.Damage.IsTreatedAsWiped;

    /// <summary>Up to where the log may be compacted at most: what a snapshot under way to a peer needs
    /// afterwards stays.</summary>
    public LogIndex CompactionLimit => LogIndex.Min(
        _state.Damage.CompactionLimit,
        LogIndex.Min(_state.Leadership.Replication.CompactionLimit(), _state.Lease.CompactionLimit));

    /// <summary>Whether the state before the log's base is lost, and no snapshot has taken its place yet:
    /// this node votes and acknowledges, but neither campaigns nor can anything be applied.</summary>
    public bool IsStateMissing => _state.Damage.IsStateMissing;

    /// <summary>Where a snapshot must reach that this node asks any other for, whoever leads; 0: it needs
    /// none.</summary>
    public LogIndex NeededSnapshot => _state.Damage.NeededSnapshot;

    /// <summary>Whether a snapshot is being put in force.</summary>
    public bool IsInstalling => _state.IsInstalling;

    internal ConsensusState State => _state;

    /// <summary>Whether the group sleeps: no tick is due.</summary>
    public bool IsAsleep => _state.Quiescence.IsAsleep;

    /// <summary>Whether the log holds this entry.</summary>
    public bool Holds(LogPosition position) =>
        _state.Log.Holds(position) && !_state.Damage.HasLostTerm(position.Index);

    /// <summary>The first entry after <paramref name="index"/> that cannot be read; the end of all where
    /// there is none.</summary>
    public LogIndex FirstDamagedAfter(LogIndex index) => _state.Damage.FirstAfter(index);

    /// <summary>The term of the entry at an index within the log.</summary>
    /// <exception cref="InvariantException">The index lies outside the log.</exception>
    public Term TermAt(LogIndex index) => _state.Log.TermAt(index);

    /// <summary>The membership in force at an index within the log, or at its base.</summary>
    public Membership MembershipAt(LogIndex index) => _state.Log.MembershipAt(index);

    /// <summary>The bytes of the entries after <paramref name="after"/> up to <paramref name="upTo"/>, as far
    /// as the log holds them; each counts 32 bytes besides its body.</summary>
    public long LogBytesBetween(LogIndex after, LogIndex upTo) => _state.Log.BytesBetween(after, upTo);

    /// <summary>The last index behind which, up to <paramref name="upTo"/>, there are at least so many bytes;
    /// the log's base where there are fewer.</summary>
    public LogIndex IndexBefore(LogIndex upTo, long bytes) => _state.Log.IndexBefore(upTo, bytes);

    /// <summary>Whether a snapshot that ends there would be put in force if it arrived now, as far as can be
    /// said before it has.</summary>
    public bool IsOfUse(LogPosition snapshot) => Handlers.OnSnapshot.IsOfUse(_state, snapshot);

    /// <summary>Takes one input; see <see cref="Effects"/> for what follows from it.</summary>
    /// <exception cref="InvariantException">A rule that must always hold was broken: the node must
    /// stop.</exception>
    public void Step(in Input input)
    {
        _state.Effects.Clear();
        _state.Now = input.Now;
        _invariants.Before();
        _state.Quiescence.Before(input);
        switch (input.Kind)
        {
            case InputKind.Tick:
                _state.Damage.Tick();
                OnTick.Handle(_state);
                break;
            case InputKind.Received:
                OnReceived.Handle(_state, input.Message, input.Entries, input.Sender);
                break;
            case InputKind.Proposed:
                OnProposed.Handle(_state, input.Entries);
                break;
            case InputKind.ReadRequested:
                OnReadRequested.Handle(_state, input.ReadId, input.WithoutLease);
                break;
            case InputKind.LogFlushed:
                OnLogFlushed.Handle(_state, input.Position, input.Generation);
                break;
            case InputKind.HardStateSaved:
                OnHardStateSaved.Handle(_state, input.HardState);
                break;
            case InputKind.ConnectionOpened:
                OnConnection.Opened(_state, input.Peer);
                break;
            case InputKind.ConnectionClosed:
                OnConnection.Closed(_state, input.Peer);
                break;
            case InputKind.PeerCongested:
                OnConnection.Congested(_state, input.Peer);
                break;
            case InputKind.PeerDrained:
                OnConnection.Drained(_state, input.Peer);
                break;
            case InputKind.SendDropped:
                OnConnection.SendDropped(_state, input.Peer);
                break;
            default:
                StepRare(input);
                break;
        }

        _state.Damage.After();
        _state.DiskWatch.Observe();
        _invariants.After();
    }

    private void StepRare(in Input input)
    {
        switch (input.Kind)
        {
            case InputKind.MembershipProposed:
                OnMembershipProposed.Handle(_state, input.Change!);
                break;
            case InputKind.TransferRequested:
                OnTransferRequested.Handle(_state, input.Peer);
                break;
            case InputKind.LogCompacted:
                OnLogCompacted.Handle(_state, input.Position, input.Membership!);
                break;
            case InputKind.SnapshotStarted:
                OnSnapshot.Started(_state, input.Peer, input.Position);
                break;
            case InputKind.SnapshotEnded:
                OnSnapshot.Ended(_state, input.Peer, input.Succeeded);
                break;
            case InputKind.SnapshotReceived:
                OnReceived.HandleSnapshot(_state, input.Message, input.Membership!, input.Sender);
                break;
            case InputKind.SnapshotInstalled:
                OnSnapshot.Installed(_state, input.Position);
                break;
            case InputKind.LogRepaired:
                OnLogRepaired.Handle(_state, input.First, input.Position.Index);
                break;
            case InputKind.HostSilent:
                OnQuiesce.HostSilent(_state, input.Peer);
                break;
            case InputKind.SpaceChanged:
                OnSpaceChanged.Handle(_state, input.IsFull);
                break;
            case InputKind.FoundersAreNew:
                _state.Identities.FoundersAreNew();
                break;
            case InputKind.StateCondemned:
                Invariant.Check(
                    _state.Role == Role.Follower && !_state.IsInstalling,
                    $"the state of a {_state.Role} is condemned, installing {_state.Installing}");
                _state.Damage.StateCondemned();
                break;
            case InputKind.Forwarded:
                // It has woken this member: now it notices if the leader does not answer.
                break;
            default:
                throw new UnreachableException($"input of kind {input.Kind}");
        }
    }
}
