using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Replica;
using Ikada.Sessions;

namespace Ikada;

/// <summary>
/// Sends commands through a session of this node's own (diss. §6.3), opened when first needed: one whose
/// leader is lost is sent again under the same number until it has an answer, and applied once. A session
/// that expired is replaced; what had no attempt in doubt goes through the new one.
/// </summary>
internal sealed class SessionSender(RaftNode node, SessionOptions options) : IAsyncDisposable
{
    private static readonly TimeSpan RetryDelayMin = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromMilliseconds(200);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<TaskCompletionSource<SessionTurn?>> _waiting = new();
    private SessionClient? _client;
    private Task? _opening;
    private Exception? _failure;

    /// <summary>Sends a command until its end is known, or nobody waits for it any more.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public async ValueTask<(OutcomeStatus Status, WriteOutcome Last)> SendAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        while (true)
        {
            if (!TryBegin(out var turn))
            {
                if (await WaitForTurnAsync(cancellation).ConfigureAwait(false) is not { } waited)
                {
                    return (OutcomeStatus.Refused, NeverBegun());
                }

                turn = waited;
            }

            var inDoubt = false;
            for (var attempt = 0; ; attempt++)
            {
                WriteOutcome outcome;
                try
                {
                    outcome = await node.ProposeOwnedAsync(Encode(turn, command.Span), cancellation)
                        .ConfigureAwait(false);
                }
                catch (NodeStoppedException) when (inDoubt)
                {
                    return (OutcomeStatus.Unknown, WriteOutcome.Unknown);
                }

                if (outcome.Kind == OutcomeKind.Applied)
                {
                    if (Answered(turn, outcome, inDoubt) is { } answered)
                    {
                        return answered;
                    }

                    break;
                }

                inDoubt |= outcome.Kind == OutcomeKind.Unknown;
                if (!inDoubt || cancellation.IsCancellationRequested)
                {
                    End(turn);
                    return (inDoubt ? OutcomeStatus.Unknown : OutcomeStatus.Refused, outcome);
                }

                await PauseAsync(attempt, cancellation).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        Task? opening;
        lock (_gate)
        {
            opening = _opening;
        }

        if (opening is not null)
        {
            await opening.ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private WriteOutcome NeverBegun() => WriteOutcome.Refused(Refusal.NoLeader, node.Status.Leader);

    private bool TryBegin(out SessionTurn turn)
    {
        lock (_gate)
        {
            // Nobody is passed over: those who wait come first.
            if (_waiting.Count == 0 && _client is { } client && client.TryBegin(out var sequence))
            {
                turn = new SessionTurn(client, sequence);
                return true;
            }
        }

        turn = default;
        return false;
    }

    // A number in the session; null: the caller gave up before there was one.
    private async ValueTask<SessionTurn?> WaitForTurnAsync(CancellationToken cancellation)
    {
        var waiter = new TaskCompletionSource<SessionTurn?>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_failure is { } failure)
            {
                throw failure;
            }

            _waiting.Enqueue(waiter);
            Admit();
        }

        using (cancellation.UnsafeRegister(
            static one => ((TaskCompletionSource<SessionTurn?>)one!).TrySetResult(null), waiter))
        {
            return await waiter.Task.ConfigureAwait(false);
        }
    }

    // Under the gate: as many of those who wait as there is room for, or a session is opened for them.
    private void Admit()
    {
        while (_waiting.Count > 0 && _client is { } client && client.TryBegin(out var sequence))
        {
            if (!_waiting.Dequeue().TrySetResult(new SessionTurn(client, sequence)))
            {
                client.End(sequence);
            }
        }

        if (_waiting.Count > 0 && _client is null)
        {
            _opening ??= OpenAsync();
        }
    }

    // Null: to be begun again in another session.
    private (OutcomeStatus Status, WriteOutcome Last)? Answered(
        SessionTurn turn, in WriteOutcome outcome, bool inDoubt)
    {
        var result = SessionResult.Decode(outcome.Result);
        End(turn);
        switch (result.Kind)
        {
            case SessionResultKind.Applied:
                return (OutcomeStatus.Applied, WriteOutcome.Applied(outcome.Position, result.Result));
            case SessionResultKind.Expired:
                Replace(turn.Client);
                return inDoubt ? (OutcomeStatus.SessionExpired, outcome) : null;
            default:
                throw new InvalidOperationException(
                    $"command {turn.Sequence} of session {turn.Client.SessionId} was answered with "
                        + $"{result.Kind}: it is used by somebody else too");
        }
    }

    private byte[] Encode(SessionTurn turn, ReadOnlySpan<byte> command)
    {
        ulong acknowledged;
        lock (_gate)
        {
            acknowledged = turn.Client.AcknowledgedUpTo;
        }

        return SessionCommand.Encode(turn.Client.SessionId, turn.Sequence, acknowledged, command);
    }

    private void End(SessionTurn turn)
    {
        lock (_gate)
        {
            turn.Client.End(turn.Sequence);
            Admit();
        }
    }

    private void Replace(SessionClient expired)
    {
        lock (_gate)
        {
            _client = ReferenceEquals(_client, expired) ? null : _client;
            Admit();
        }
    }

    private async Task OpenAsync()
    {
        // Whoever asked for it holds the gate.
        await Task.Yield();
        // It serves all who come: not a part of the trace of the first.
        Activity.Current = null;
        try
        {
            var id = await OpenSessionAsync().ConfigureAwait(false);
            lock (_gate)
            {
                (_client, _opening) = (new SessionClient(id, options.CommandsPerSessionMax), null);
                Admit();
            }
        }
#pragma warning disable CA1031 // Not swallowed: whoever waits is told, and whoever comes.
        catch (Exception error)
#pragma warning restore CA1031
        {
            lock (_gate)
            {
                _failure = error;
                while (_waiting.TryDequeue(out var waiter))
                {
                    waiter.TrySetException(error);
                }
            }
        }
    }

    // A session more or less does no harm: an attempt in doubt is simply made again.
    private async Task<ulong> OpenSessionAsync()
    {
        var body = SessionCommand.EncodeOpen(options);
        for (var attempt = 0; !_stop.IsCancellationRequested; attempt++)
        {
            var outcome = await node.ProposeAsync(body, _stop.Token).ConfigureAwait(false);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                return SessionResult.Decode(outcome.Result).SessionId;
            }

            await PauseAsync(attempt, _stop.Token).ConfigureAwait(false);
        }

        throw new NodeStoppedException("the node is stopping or has been stopped");
    }

    private static async Task PauseAsync(int attempt, CancellationToken cancellation)
    {
        var delay = RetryDelayMin * Math.Pow(2, Math.Min(attempt, 10));
        await Task.Delay(delay < RetryDelayMax ? delay : RetryDelayMax, cancellation)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private readonly record struct SessionTurn(SessionClient Client, ulong Sequence);
}
