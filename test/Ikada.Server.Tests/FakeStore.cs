using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.StateMachine;
using Ikada.Wire;

namespace Ikada.Server.Tests;

/// <summary>A cluster of one that agrees with itself at once, and can be told to misbehave.</summary>
internal sealed class FakeStore : IReplicatedStore, IApplyResults
{
    private readonly Lock _gate = new();
    private readonly KeyValueStore _store;
    private ReadOnlyMemory<byte> _result;
    private int _writes;

    public static NodeId Self { get; } = new(0xABCD);

    /// <summary>Nobody leads: writes and barriers wait until they are cancelled.</summary>
    public bool WithoutLeader { get; set; }

    /// <summary>Writes are never answered.</summary>
    public bool LosesProposals { get; set; }

    /// <summary>The member's log has no room for writes.</summary>
    public bool IsFull { get; set; }

    /// <summary>Its snapshots are lost: barriers wait.</summary>
    public bool WithoutState { get; set; }

    /// <summary>A majority holds another state: it agreed at 4 and differs at 6.</summary>
    public bool IsQuarantined { get; set; }

    /// <summary>Where no majority holds one state.</summary>
    public ulong DisputedAt { get; set; }

    /// <summary>Writes are done when this is.</summary>
    public Task WritesAfter { get; set; } = Task.CompletedTask;

    /// <summary>How many writes have begun.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <summary>The next writes end with this.</summary>
    public WriteOutcome? Ending { get; set; }

    public FakeStore()
        : this(new KeyValueStore())
    {
    }

    public FakeStore(KeyValueStore store) => _store = store;

    public KeyValueView View => _store.View;

    public StoreState State => _store.State;

    public KeyValueView Hold() => _store.Hold();

    public void Defragment() => _store.Defragment();

    public IChangeListener? Listener
    {
        get => _store.Listener;
        set => _store.Listener = value;
    }

    public ReplicaStatus Status => new(
        Self,
        WithoutLeader ? Role.Follower : Role.Leader,
        new Term(7),
        WithoutLeader ? NodeId.None : Self,
        View.AppliedIndex,
        View.AppliedIndex,
        new LogPosition(View.AppliedIndex, new Term(7)),
        View.AppliedIndex)
    {
        IsFull = IsFull, IsStateMissing = WithoutState, IsQuarantined = IsQuarantined,
        StatesAgreedAt = new LogIndex(IsQuarantined ? 4UL : 0),
        StatesDifferAt = new LogIndex(IsQuarantined ? 6UL : 0), StatesDisputedAt = new LogIndex(DisputedAt),
    };

    public Membership Membership { get; set; } = new(
        [
            new Member(Self, null, new MemberAttributes("n1", ["http://127.0.0.1:1"]).Encode()),
            new Member(new NodeId(5), null, new MemberAttributes("n2", ["http://127.0.0.1:2"]).Encode()),
        ],
        [Self, new NodeId(5)]);

    public async ValueTask<WriteOutcome> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _writes);
        await WritesAfter.WaitAsync(cancellation);
        if (WithoutLeader || LosesProposals)
        {
            await Cancelled(cancellation);
            return WriteOutcome.Refused(Refusal.NoLeader, NodeId.None);
        }

        if (IsFull)
        {
            return WriteOutcome.Refused(Refusal.NoSpace, Self);
        }

        if (Ending is { } ending)
        {
            return ending;
        }

        lock (_gate)
        {
            var index = _store.AppliedIndex.Next;
            _store.Apply([new CommittedCommand(index, 1, command, WantsResult: true)], index, this);
            return WriteOutcome.Applied(new LogPosition(index, new Term(7)), _result);
        }
    }

    /// <summary>Called with each read; whether its lease has run out when it is done.</summary>
    public Func<bool>? LeaseRunsOut { get; set; }

    /// <summary>For each read so far, whether it might use a lease.</summary>
    public List<bool> ReadsByLease { get; } = [];

    public bool HasExpired(in ReadOutcome outcome) =>
        outcome.ExpiresAt != Instant.Never && LeaseRunsOut?.Invoke() == true;

    public async ValueTask<ReadOutcome> ReadBarrierAsync(bool mayUseLease, CancellationToken cancellation)
    {
        ReadsByLease.Add(mayUseLease);
        if (WithoutLeader || WithoutState)
        {
            await Cancelled(cancellation);
            return new ReadOutcome(false, default, Refusal.NoLeader, NodeId.None, Instant.Never);
        }

        var expiresAt = mayUseLease && LeaseRunsOut is not null ? new Instant(1) : Instant.Never;
        return new ReadOutcome(true, View.AppliedIndex, Refusal.None, NodeId.None, expiresAt);
    }

    public ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferLeadershipAsync(
        NodeId target, CancellationToken cancellation) =>
        ValueTask.FromResult(
            target == Self ? (TransferOutcome.AlreadyLeads, Self)
            : Membership.IsVoter(target) ? (TransferOutcome.Done, target)
            : (TransferOutcome.NotAVoter, Self));

    /// <summary>What comes of the next changes; null: they are made.</summary>
    public Answer? ChangeEnding { get; set; }

    /// <summary>Called when a change has been judged and comes to be decided.</summary>
    public Action? BeforeChange { get; set; }

    /// <summary>Members that cannot be reached.</summary>
    public HashSet<NodeId> Unreachable { get; } = [];

    /// <summary>The changes asked for.</summary>
    public List<MemberChange> Changes { get; } = [];

    public Task<Answer> ChangeMembershipAsync(MembershipChange change, CancellationToken cancellation)
    {
        // As the leader decides: what was judged by other members is not made.
        BeforeChange?.Invoke();
        if (change.Expected is { } expected && expected != Membership.Fingerprint())
        {
            return Task.FromResult(
                new Answer(AnswerStatus.Refused, "moved") { Refusal = Refusal.MembershipMoved });
        }

        Changes.AddRange(change.Members);
        return Task.FromResult(ChangeEnding ?? new Answer(AnswerStatus.Done, string.Empty));
    }

    public bool IsConnected(NodeId member) => !Unreachable.Contains(member);

    void IApplyResults.Set(int position, ReadOnlyMemory<byte> result) => _result = result;

    private static Task Cancelled(CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellation.Register(() => ended.TrySetResult());
        return ended.Task;
    }
}
