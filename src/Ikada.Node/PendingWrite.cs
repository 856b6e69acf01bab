using System.Threading.Tasks.Sources;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>A client's write that waits for its outcome. It is itself what the client awaits, once. Refused,
/// <see cref="ClientCalls"/> proposes the command anew by another one, and ends this one with what came of
/// that.</summary>
internal sealed class PendingWrite(ReadOnlyMemory<byte> command, ClientCalls calls)
    : Proposal(command), IValueTaskSource<WriteOutcome>, IPending<PendingWrite>
{
    private PendingOutcome<WriteOutcome> _outcome = new();

    /// <summary>The next change of role, taken before it was handed over.</summary>
    public Task Change { get; } = calls.NextRoleChange;

    public CancellationToken Cancellation { get; private set; }

    /// <summary>Whether it stands for one that was refused before.</summary>
    public bool IsRetry { get; init; }

    public int Retries { get; set; }

    /// <summary>Whether there was no room for it: nobody tries again.</summary>
    public bool IsTurnedAway { get; set; }

    public ValueTask<WriteOutcome> Outcome => new(this, _outcome.Version);

    PendingWrite? IPending<PendingWrite>.Previous { get; set; }

    PendingWrite? IPending<PendingWrite>.Next { get; set; }

    bool IPending<PendingWrite>.IsListed { get; set; }

    /// <summary>Who gives up is told at once that the outcome is unknown; the write goes on and counts
    /// towards the bounds until its end is known. Before it is handed over.</summary>
    public void AbandonOn(CancellationToken cancellation)
    {
        Cancellation = cancellation;
        _outcome.Registration = cancellation.UnsafeRegister(
            static one => ((PendingWrite)one!).End(WriteOutcome.Unknown), this);
    }

    public override void Complete(in WriteOutcome outcome)
    {
        calls.Remove(this);
        calls.Answered(this, outcome);
    }

    /// <summary>It is not handed over any more: whoever gives up now is told by who tries again.</summary>
    public void Keep() => _outcome.Keep();

    /// <summary>Tells the client, unless it has been told.</summary>
    public void End(in WriteOutcome outcome) => _outcome.End(outcome);

    /// <summary>The same with an error.</summary>
    public void Fail(Exception error) => _outcome.Fail(error);

    WriteOutcome IValueTaskSource<WriteOutcome>.GetResult(short token) => _outcome.Result(token);

    ValueTaskSourceStatus IValueTaskSource<WriteOutcome>.GetStatus(short token) => _outcome.Status(token);

    void IValueTaskSource<WriteOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _outcome.OnCompleted(continuation, state, token, flags);
}
