using System.Buffers;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada;

/// <summary>A node that runs, with what the library adds to it.</summary>
internal sealed class RunningRaft<TMachine> : IRaft<TMachine>
    where TMachine : class
{
    private readonly RaftParts _parts;
    private readonly RaftNode _node;
    private readonly RaftOptions _options;
    private readonly TMachine _machine;
    private readonly StateMachine.IStateMachine _raw;
    private readonly SessionSender? _sessions;
    private readonly Lock _gate = new();
    private Task? _disposal;

    public RunningRaft(
        RaftParts parts, RaftOptions options, TMachine machine, StateMachine.IStateMachine raw)
    {
        (_parts, _node, _options, _machine, _raw) = (parts, parts.Node, options, machine, raw);
        _sessions = options.Sessions is null ? null : new SessionSender(_node, options.Sessions);
        Leadership = new Leadership(_node);
        Members = new Members(_node, parts.Inquiries, options.Cluster);
    }

    /// <summary>The node itself.</summary>
    public RaftNode Node => _node;

    public RaftStatus Status
    {
        get
        {
            var details = _node.Status;
            return new RaftStatus
            {
                Name = _options.Name,
                Role = details.Role,
                Term = details.Term,
                Leader = NodeSettings.MemberOf(_node.Membership, details.Leader),
                LastIndex = details.Last.Index,
                CommitIndex = details.Commit,
                AppliedIndex = details.Applied,
                DiskBusy = _node.DiskBusy,
                Peers = _parts.Transport.Peers,
                Details = details,
            };
        }
    }

    public Leadership Leadership { get; }

    public Members Members { get; }

    public Task Completion => _node.Completion;

    public async ValueTask<Outcome<ReadOnlyMemory<byte>>> ProposeAsync(
        ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        OutcomeStatus status;
        WriteOutcome outcome;
        if (_sessions is not null)
        {
            (status, outcome) = await _sessions.SendAsync(command, cancellation).ConfigureAwait(false);
        }
        else
        {
            outcome = await _node.ProposeAsync(command, cancellation).ConfigureAwait(false);
            status = StatusOf(outcome);
        }

        return status switch
        {
            OutcomeStatus.Applied => Outcome.Applied(outcome.Position.Index, outcome.Result),
            OutcomeStatus.Refused => Outcome.Refused<ReadOnlyMemory<byte>>(
                outcome.Refusal, NodeSettings.MemberOf(_node.Membership, outcome.Leader)),
            OutcomeStatus.SessionExpired => Outcome.SessionExpired<ReadOnlyMemory<byte>>(),
            _ => Outcome.Unknown<ReadOnlyMemory<byte>>(),
        };
    }

    public async ValueTask<Outcome<TResult>> ProposeTypedAsync<TCommand, TResult>(
        TCommand command, CancellationToken cancellation)
    {
        var writer = (ICommandWriter<TCommand, TResult>)_raw;
        var bytes = new ArrayBufferWriter<byte>();
        writer.WriteCommand(command, bytes);
        var outcome = await ProposeAsync(bytes.WrittenMemory, cancellation).ConfigureAwait(false);
        return outcome.With(result => writer.ReadResult(result.Span));
    }

    public ValueTask<ReadOnlyMemory<byte>> QueryAsync(
        ReadOnlyMemory<byte> query, ReadConsistency consistency, CancellationToken cancellation) =>
        ReadAsync(
            () =>
            {
                var answer = new ArrayBufferWriter<byte>();
                _raw.Query(query.Span, answer);
                return answer.WrittenMemory;
            },
            consistency,
            cancellation);

    public ValueTask<TAnswer> QueryAsync<TAnswer>(
        Func<TMachine, TAnswer> read, ReadConsistency consistency, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(read);
        return ReadAsync(
            () => _raw is IGuardedMachine guarded ? guarded.Read(() => read(_machine)) : read(_machine),
            consistency,
            cancellation);
    }

    public async ValueTask<LogIndex> SnapshotAsync(CancellationToken cancellation) =>
        (await _node.TakeSnapshotAsync(cancellation).ConfigureAwait(false)).Index;

    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            return new ValueTask(_disposal ??= DisposeOnceAsync());
        }
    }

    private static OutcomeStatus StatusOf(in WriteOutcome outcome) => outcome.Kind switch
    {
        OutcomeKind.Applied => OutcomeStatus.Applied,
        OutcomeKind.Refused => OutcomeStatus.Refused,
        _ => OutcomeStatus.Unknown,
    };

    private async ValueTask<T> ReadAsync<T>(
        Func<T> read, ReadConsistency consistency, CancellationToken cancellation)
    {
        if (consistency == ReadConsistency.Stale)
        {
            // What it has applied is not what the log says.
            return _node.Status.IsQuarantined
                ? throw new RaftUnavailableException(Consensus.Refusal.Quarantined) : read();
        }

        for (var mayUseLease = consistency == ReadConsistency.Lease; ; mayUseLease = false)
        {
            var outcome = await _node.ReadBarrierAsync(mayUseLease, cancellation).ConfigureAwait(false);
            if (!outcome.Ready)
            {
                cancellation.ThrowIfCancellationRequested();
                throw new RaftUnavailableException(outcome.Refusal);
            }

            var answer = read();
            if (!RaftNode.HasExpired(outcome))
            {
                return answer;
            }
        }
    }

    private async Task DisposeOnceAsync()
    {
        await _parts.Owner.DisposeAsync().ConfigureAwait(false);
        if (_sessions is not null)
        {
            await _sessions.DisposeAsync().ConfigureAwait(false);
        }

        await ((IAsyncDisposable)Leadership).DisposeAsync().ConfigureAwait(false);
        _parts.Disk?.Dispose();
    }
}
