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
    private SessionClient? _client;
    private Task? _opening;
    private TaskCompletionSource? _ended;

    /// <summary>Sends a command until its end is known, or nobody waits for it any more.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping; nothing was handed
    /// over.</exception>
    public async ValueTask<(OutcomeStatus Status, WriteOutcome Last)> SendAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        while (true)
        {
            if (await BeginAsync(cancellation).ConfigureAwait(false) is not var (client, sequence))
            {
                return (OutcomeStatus.Refused, NeverBegun());
            }

            var outcome = await SendAsync(client, sequence, command, cancellation).ConfigureAwait(false);
            if (outcome is { } ended)
            {
                return ended;
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
            // Its failure was told to those who waited for it.
            await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WriteOutcome NeverBegun() => WriteOutcome.Refused(Refusal.NoLeader, node.Status.Leader);

    // A number in the session; null: the caller gave up before there was one.
    private async ValueTask<(SessionClient Client, ulong Sequence)?> BeginAsync(
        CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            Task waited;
            lock (_gate)
            {
                if (_client is { } client && client.TryBegin(out var sequence))
                {
                    return (client, sequence);
                }

                waited = _client is null ? _opening ??= OpenAsync() : (_ended ??= NewSignal()).Task;
            }

            await waited.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waited.IsFaulted)
            {
                await waited.ConfigureAwait(false);
            }
        }

        return null;
    }

    // Null: to be begun again in another session.
    private async ValueTask<(OutcomeStatus Status, WriteOutcome Last)?> SendAsync(
        SessionClient client, ulong sequence, ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        var inDoubt = false;
        for (var attempt = 0; ; attempt++)
        {
            WriteOutcome outcome;
            try
            {
                outcome = await node.ProposeAsync(Encode(client, sequence, command.Span), cancellation)
                    .ConfigureAwait(false);
            }
            catch (NodeStoppedException) when (inDoubt)
            {
                return (OutcomeStatus.Unknown, WriteOutcome.Unknown);
            }

            if (outcome.Kind == OutcomeKind.Applied)
            {
                return Answered(client, sequence, outcome, inDoubt);
            }

            inDoubt |= outcome.Kind == OutcomeKind.Unknown;
            if (!inDoubt || cancellation.IsCancellationRequested)
            {
                End(client, sequence);
                return (inDoubt ? OutcomeStatus.Unknown : OutcomeStatus.Refused, outcome);
            }

            await PauseAsync(attempt, cancellation).ConfigureAwait(false);
        }
    }

    private (OutcomeStatus Status, WriteOutcome Last)? Answered(
        SessionClient client, ulong sequence, in WriteOutcome outcome, bool inDoubt)
    {
        var result = SessionResult.Decode(outcome.Result);
        End(client, sequence);
        switch (result.Kind)
        {
            case SessionResultKind.Applied:
                return (OutcomeStatus.Applied, WriteOutcome.Applied(outcome.Position, result.Result));
            case SessionResultKind.Expired:
                Replace(client);
                return inDoubt ? (OutcomeStatus.SessionExpired, outcome) : null;
            default:
                throw new InvalidOperationException(
                    $"command {sequence} of session {client.SessionId} was answered with {result.Kind}: it "
                        + "is used by somebody else too");
        }
    }

    private byte[] Encode(SessionClient client, ulong sequence, ReadOnlySpan<byte> command)
    {
        lock (_gate)
        {
            return client.Encode(sequence, command);
        }
    }

    private void End(SessionClient client, ulong sequence)
    {
        TaskCompletionSource? ended;
        lock (_gate)
        {
            client.End(sequence);
            (ended, _ended) = (_ended, null);
        }

        ended?.SetResult();
    }

    private void Replace(SessionClient expired)
    {
        lock (_gate)
        {
            _client = ReferenceEquals(_client, expired) ? null : _client;
        }
    }

    // A session more or less does no harm: an attempt in doubt is simply made again.
    private async Task OpenAsync()
    {
        // Whoever asked for it holds the gate.
        await Task.Yield();
        // It serves all who come: not a part of the trace of the first.
        Activity.Current = null;
        var body = SessionCommand.EncodeOpen(options);
        for (var attempt = 0; !_stop.IsCancellationRequested; attempt++)
        {
            var outcome = await node.ProposeAsync(body, _stop.Token).ConfigureAwait(false);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                var id = SessionResult.Decode(outcome.Result).SessionId;
                lock (_gate)
                {
                    (_client, _opening) = (new SessionClient(id, options.CommandsPerSessionMax), null);
                }

                return;
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
}
