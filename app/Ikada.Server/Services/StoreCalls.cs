using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Wire;
using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>Carries a service's reads and writes through consensus, with etcd's time limit and
/// errors.</summary>
internal sealed class StoreCalls(IReplicatedStore store, ServerIdentity identity, ServerOptions options)
{
    /// <summary>A refused write certainly did not happen, so it may be tried again; not faster than
    /// this.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private readonly SharedLimits _limits = new(options.RequestTimeout);
    private long _pending;

    public IReplicatedStore Store => store;

    /// <summary>How many writes are under way.</summary>
    public long Pending => Volatile.Read(ref _pending);

    /// <summary>The header of a response whose store revision is <paramref name="revision"/>.</summary>
    public ResponseHeader Header(long revision) => new()
    {
        ClusterId = identity.Cluster.Value,
        MemberId = identity.Member.Value,
        Revision = revision,
        RaftTerm = store.Status.Term.Value,
    };

    /// <summary>Whether the client would rather fail than go without a leader.</summary>
    public static bool AsksForLeader(HttpContext context) =>
        context.Request.Headers["hasleader"] == "true";

    /// <summary>What this member holds is wrong: nothing of it may get out.</summary>
    public void ThrowIfQuarantined()
    {
        if (store.Status.IsQuarantined)
        {
            throw EtcdErrors.Quarantined.Exception();
        }
    }

    /// <summary>Reads the store, held for as long as <paramref name="read"/> takes: at least as new as all
    /// that was committed when the call began. A read that outlasts the lease it went by is done again,
    /// without one. A member that has lost its state has nothing old to give out either: it waits for a new
    /// one.</summary>
    public async Task<T> ReadAsync<T>(
        bool serializable, Func<KeyValueView, T> read, CancellationToken client)
    {
        ThrowIfQuarantined();
        if (serializable && !store.Status.IsStateMissing)
        {
            using var own = store.Hold();
            return read(own);
        }

        using var limit = Limit(client);
        try
        {
            for (var mayUseLease = true; ;)
            {
                var outcome = await store.ReadBarrierAsync(mayUseLease, limit.Token);
                if (!outcome.Ready)
                {
                    await RetryAsync(outcome.Refusal, limit.Token);
                    continue;
                }

                using var view = store.Hold();
                var result = read(view);
                // An older state may have taken the place of a wrong one meanwhile.
                if (view.AppliedIndex >= outcome.Index && !store.HasExpired(outcome))
                {
                    return result;
                }

                mayUseLease = false;
            }
        }
        catch (OperationCanceledException)
        {
            throw Ended(EtcdErrors.Timeout, client);
        }
        catch (NodeStoppedException)
        {
            // Nothing was handed over: the node says so.
            throw EtcdErrors.Stopped.Exception();
        }
    }

    /// <summary>Replicates a command, whose bytes nobody changes any more, and gives what it did.</summary>
    public async Task<KeyValueResult> WriteAsync(byte[] command, CancellationToken client)
    {
        using var limit = Limit(client);
        Interlocked.Increment(ref _pending);
        try
        {
            while (true)
            {
                var outcome = await store.ProposeAsync(command, limit.Token);
                switch (outcome.Kind)
                {
                    case OutcomeKind.Applied:
                        return Decode(outcome);
                    case OutcomeKind.Unknown:
                        throw Ended(EtcdErrors.TimeoutLeaderLost, client);
                    default:
                        await RetryAsync(outcome.Refusal, limit.Token);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw Ended(EtcdErrors.Timeout, client);
        }
        catch (NodeStoppedException)
        {
            // Nothing was handed over: the node says so.
            throw EtcdErrors.Stopped.Exception();
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
        }
    }

    /// <summary>Changes the membership. False: the members that the change expects are not those in
    /// force.</summary>
    public async Task<bool> ChangeAsync(MembershipChange change, CancellationToken client)
    {
        using var limit = Limit(client);
        try
        {
            while (true)
            {
                var answer = await store.ChangeMembershipAsync(change, limit.Token);
                switch (answer.Status)
                {
                    case AnswerStatus.Done:
                        return true;
                    case AnswerStatus.Refused when answer.Refusal == Refusal.MembershipMoved:
                        return false;
                    case AnswerStatus.Unknown:
                        throw Ended(EtcdErrors.TimeoutLeaderLost, client);
                    case AnswerStatus.Refused:
                        throw EtcdErrors.ChangeRefused(answer.Text).Exception();
                    case AnswerStatus.Later when answer.Refusal == Refusal.LearnerNotReady:
                        throw EtcdErrors.LearnerNotReady.Exception();
                    default:
                        await Task.Delay(RetryDelay, limit.Token);
                        break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw Ended(EtcdErrors.Timeout, client);
        }
        catch (NodeStoppedException)
        {
            throw EtcdErrors.Stopped.Exception();
        }
    }

    /// <summary>Waits until the store is as asked, for as long as the client does.</summary>
    public async Task WaitAsync(Func<KeyValueView, bool> holds, CancellationToken client)
    {
        try
        {
            while (!IsNow(holds))
            {
                await Task.Delay(LookInterval, client);
            }
        }
        catch (OperationCanceledException)
        {
            throw EtcdErrors.RequestCanceled.Exception();
        }
    }

    private bool IsNow(Func<KeyValueView, bool> holds)
    {
        using var view = store.Hold();
        return holds(view);
    }

    /// <summary>Hands leadership from this member, which must lead, to another voter.</summary>
    public async Task MoveLeaderAsync(NodeId target, CancellationToken client)
    {
        if (store.Status.Leader != store.Status.Self)
        {
            throw EtcdErrors.NotLeader.Exception();
        }

        using var limit = Limit(client);
        try
        {
            var (outcome, _) = await store.TransferLeadershipAsync(target, limit.Token);
            if (outcome is not (TransferOutcome.Done or TransferOutcome.AlreadyLeads))
            {
                throw OfTransfer(outcome).Exception();
            }
        }
        catch (OperationCanceledException)
        {
            throw Ended(EtcdErrors.TimeoutLeaderTransfer, client);
        }
        catch (NodeStoppedException)
        {
            throw EtcdErrors.Stopped.Exception();
        }
    }

    private static EtcdError OfTransfer(TransferOutcome outcome) => outcome switch
    {
        TransferOutcome.NotLeader => EtcdErrors.NotLeader,
        TransferOutcome.NotAVoter or TransferOutcome.NoTarget => EtcdErrors.BadLeaderTransferee,
        _ => EtcdErrors.TimeoutLeaderTransfer,
    };

    private static KeyValueResult Decode(in WriteOutcome outcome)
    {
        if (!KeyValueResult.TryDecode(outcome.Result.Span, out var result))
        {
            throw new InvalidDataException(
                $"the store's result has {outcome.Result.Length} bytes and is not one of ours");
        }

        return result.Error == KeyValueError.None ? result : throw EtcdErrors.Of(result.Error).Exception();
    }

    private static Task RetryAsync(Refusal refusal, CancellationToken limit) => refusal switch
    {
        Refusal.Overloaded or Refusal.TooMuchUncommitted => throw EtcdErrors.TooManyRequests.Exception(),
        // It may last: better that the client knows.
        Refusal.NoSpace => throw EtcdErrors.NoSpace.Exception(),
        Refusal.Quarantined => throw EtcdErrors.Quarantined.Exception(),
        _ => Task.Delay(RetryDelay, limit),
    };

    private static RpcException Ended(EtcdError otherwise, CancellationToken client) =>
        (client.IsCancellationRequested ? EtcdErrors.RequestCanceled : otherwise).Exception();

    private CancellationTokenSource Limit(CancellationToken client) =>
        CancellationTokenSource.CreateLinkedTokenSource(client, _limits.Next());
}
