using System.Threading.Tasks.Sources;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>A client's read that waits until this node is new enough. It is itself what the client awaits,
/// once. Refused, <see cref="ClientCalls"/> asks anew by another one, and ends this one with what came of
/// that.</summary>
internal sealed class PendingRead(ClientCalls calls, bool mayUseLease)
    : ReadRequest, IValueTaskSource<ReadOutcome>, IPending<PendingRead>
{
    private PendingOutcome<ReadOutcome> _outcome = new();

    public override bool WithoutLease => !mayUseLease;

    /// <summary>The next change of role, taken before it was handed over.</summary>
    public Task Change { get; } = calls.NextRoleChange;

    public CancellationToken Cancellation { get; private set; }

    /// <summary>Whether it stands for one that was refused before.</summary>
    public bool IsRetry { get; init; }

    public ValueTask<ReadOutcome> Outcome => new(this, _outcome.Version);

    PendingRead? IPending<PendingRead>.Previous { get; set; }

    PendingRead? IPending<PendingRead>.Next { get; set; }

    bool IPending<PendingRead>.IsListed { get; set; }

    /// <summary>Who gives up is told at once. Before it is handed over.</summary>
    public void AbandonOn(CancellationToken cancellation)
    {
        Cancellation = cancellation;
        _outcome.Registration = cancellation.UnsafeRegister(
            static one => ((PendingRead)one!).End(ReadOutcome.Refused(Refusal.NoLeader, NodeId.None)), this);
    }

    public override void Complete(in ReadOutcome outcome)
    {
        calls.Remove(this);
        calls.Answered(this, outcome);
    }

    /// <summary>It is not handed over any more: whoever gives up now is told by who tries again.</summary>
    public void Keep() => _outcome.Keep();

    /// <summary>Tells the client, unless it has been told.</summary>
    public void End(in ReadOutcome outcome) => _outcome.End(outcome);

    /// <summary>The same with an error.</summary>
    public void Fail(Exception error) => _outcome.Fail(error);

    ReadOutcome IValueTaskSource<ReadOutcome>.GetResult(short token) => _outcome.Result(token);

    ValueTaskSourceStatus IValueTaskSource<ReadOutcome>.GetStatus(short token) => _outcome.Status(token);

    void IValueTaskSource<ReadOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);
}
