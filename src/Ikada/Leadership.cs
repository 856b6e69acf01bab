using System.Runtime.CompilerServices;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;

namespace Ikada;

/// <summary>Who leads, as this node knows it.</summary>
public sealed class Leadership : IAsyncDisposable
{
    private readonly Task<RaftNode> _starting;
    private readonly Task _watching;
    private readonly Lock _gate = new();
    private TaskCompletionSource<LeaderTenure> _next = New();
    private LeaderTenure? _held;
    private CancellationTokenSource? _tenure;
    private bool _ended;

    internal Leadership(RaftNode node)
        : this(Task.FromResult(node))
    {
    }

    /// <summary>Of a node that starts later; ends if it does not start at all.</summary>
    internal Leadership(Task<RaftNode> starting)
    {
        _starting = starting;
        _watching = FollowAsync();
    }

    /// <summary>Whether this node leads.</summary>
    public bool IsHeld => Node is { } node && node.Status.Role == Role.Leader;

    /// <summary>Who leads; null if that is not known.</summary>
    public RaftMember? Leader =>
        Node is { } node ? NodeSettings.MemberOf(node.Membership, node.Status.Leader) : null;

    // Null before the start.
    private RaftNode? Node => _starting.IsCompletedSuccessfully ? _starting.GetAwaiter().GetResult() : null;

    /// <summary>Waits until this node leads; at once if it does. What is done under the tenure should end
    /// when it is lost.</summary>
    /// <exception cref="OperationCanceledException">The caller waits no longer.</exception>
    /// <exception cref="NodeStoppedException">The node has stopped.</exception>
    public Task<LeaderTenure> AcquireAsync(CancellationToken cancellation = default)
    {
        lock (_gate)
        {
            return _ended ? Task.FromException<LeaderTenure>(Stopped())
                : _held is { } held ? Task.FromResult(held)
                : _next.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Streams who leads in which term, from now on: first what is known, then each
    /// change.</summary>
    /// <exception cref="OperationCanceledException">The caller has seen enough.</exception>
    public async IAsyncEnumerable<LeaderChange> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var node = await _starting.WaitAsync(cancellation).ConfigureAwait(false);
        var told = default(LeaderChange);
        while (!node.Completion.IsCompleted)
        {
            var change = node.NextRoleChange;
            var status = node.Status;
            var now = new LeaderChange(status.Term, Leader, status.Role == Role.Leader);
            if (now != told)
            {
                told = now;
                yield return now;
            }

            await Task.WhenAny(change, node.Completion).WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    // The node that it belongs to has ended.
    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _watching.ConfigureAwait(false);
        _tenure?.Dispose();
    }

    private static TaskCompletionSource<LeaderTenure> New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static NodeStoppedException Stopped() => new("the node has stopped");

    private async Task FollowAsync()
    {
        await Task.WhenAny(_starting).ConfigureAwait(false);
        // Who starts the node tells why it did not start; it must not come back as an unobserved exception.
        _ = _starting.Exception;
        if (Node is { } node)
        {
            while (!node.Completion.IsCompleted)
            {
                var change = node.NextRoleChange;
                Take(node.Status);
                await Task.WhenAny(change, node.Completion).ConfigureAwait(false);
            }
        }

        End();
    }

    private void Take(in Replica.ReplicaStatus status)
    {
        CancellationTokenSource? lost = null;
        lock (_gate)
        {
            if (_held is not null && (status.Role != Role.Leader || status.Term != _held.Term))
            {
                (lost, _tenure, _held) = (_tenure, null, null);
                _next = New();
            }

            if (_held is null && status.Role == Role.Leader)
            {
                _tenure = new CancellationTokenSource();
                _held = new LeaderTenure(status.Term, _tenure.Token);
                _next.TrySetResult(_held);
            }
        }

        lost?.Cancel();
        lost?.Dispose();
    }

    private void End()
    {
        CancellationTokenSource? lost;
        lock (_gate)
        {
            _ended = true;
            (lost, _tenure, _held) = (_tenure, null, null);
            _next.TrySetException(Stopped());
            // Nobody may have waited; it must not come back as an exception that nobody saw.
            _ = _next.Task.Exception;
        }

        lost?.Cancel();
        lost?.Dispose();
    }
}

/// <summary>A change of leader.</summary>
/// <param name="Term">The term.</param>
/// <param name="Leader">Who leads in it; null if that is not known.</param>
/// <param name="IsSelf">Whether it is this node.</param>
public readonly record struct LeaderChange(Term Term, RaftMember? Leader, bool IsSelf);

/// <summary>The time in which this node leads.</summary>
/// <param name="Term">The term. No two nodes ever lead in the same one, so it serves as a fencing
/// token.</param>
/// <param name="Lost">Cancelled when this node leads no more. That comes when the node knows it, and another
/// may lead already by then: whoever changes things outside the group under a tenure must pass the term
/// along, and the other side must refuse a lower one than it has seen.</param>
public sealed record LeaderTenure(Term Term, CancellationToken Lost);
