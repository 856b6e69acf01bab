using Google.Protobuf;
using Google.Protobuf.Collections;
using Ikada.Api.Etcd;
using Pair = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Differential;

/// <summary>
/// What is taken out of an answer before it is compared. Every rule has a line, with its reason, in
/// docs/internals/differential.md; what is not here is compared.
/// </summary>
internal static class Normal
{
    /// <summary>Changes the answer; the request tells what its order promises.</summary>
    public static string Of(IMessage request, IMessage answer)
    {
        switch (answer)
        {
            case RangeResponse range:
                Header(range.Header);
                Ties((RangeRequest)request, range.Kvs, range.More);
                break;
            case PutResponse put:
                Header(put.Header);
                break;
            case DeleteRangeResponse delete:
                Header(delete.Header);
                break;
            case CompactionResponse compaction:
                Header(compaction.Header);
                break;
            case TxnResponse txn:
                Header(txn.Header);
                Inner((TxnRequest)request, txn);
                break;
            case LeaseGrantResponse grant:
                Header(grant.Header);
                break;
            case LeaseRevokeResponse revoke:
                Header(revoke.Header);
                break;
            case LeaseTimeToLiveResponse remaining:
                Header(remaining.Header);
                // Time passes: only that it is between 0 and what was granted.
                remaining.TTL = remaining.TTL > 0 && remaining.TTL <= remaining.GrantedTTL
                    ? remaining.GrantedTTL : remaining.TTL;
                Sort(remaining.Keys, key => key);
                break;
            case LeaseLeasesResponse leases:
                Header(leases.Header);
                Sort(leases.Leases, lease => ByteString.CopyFrom(BitConverter.GetBytes(lease.ID)));
                break;
            case LeaseKeepAliveResponse alive:
                Header(alive.Header);
                break;
            case AlarmResponse alarm:
                // etcd 3.4 leaves it out.
                alarm.Header = null;
                break;
            case HashKVResponse hash:
                Header(hash.Header);
                (hash.Hash, hash.HashRevision) = (0, 0);
                break;
        }

        return Text.Of(answer);
    }

    /// <summary>Ids and term are each server's own: only whether they are there.</summary>
    public static void Header(ResponseHeader? header)
    {
        if (header is not null)
        {
            header.ClusterId = Math.Min(header.ClusterId, 1);
            header.MemberId = Math.Min(header.MemberId, 1);
            header.RaftTerm = Math.Min(header.RaftTerm, 1);
        }
    }

    private static void Inner(TxnRequest request, TxnResponse answer)
    {
        var operations = answer.Succeeded ? request.Success : request.Failure;
        for (var i = 0; i < Math.Min(operations.Count, answer.Responses.Count); i++)
        {
            var (operation, response) = (operations[i], answer.Responses[i]);
            if (operation.RequestRange is { } range && response.ResponseRange is { } found)
            {
                Ties(range, found.Kvs, found.More);
            }
            else if (operation.RequestTxn is { } inner && response.ResponseTxn is { } done)
            {
                Inner(inner, done);
            }
        }
    }

    /// <summary>Among keys that the sort calls equal the order is not promised, and with a limit not even
    /// which of the last ones are there.</summary>
    private static void Ties(RangeRequest request, RepeatedField<Pair> pairs, bool isCut)
    {
        if (request.SortTarget == RangeRequest.Types.SortTarget.Key || pairs.Count == 0)
        {
            return;
        }

        var groups = new List<List<Pair>>();
        foreach (var pair in pairs)
        {
            if (groups.Count == 0 || !Rank(request, groups[^1][0]).Equals(Rank(request, pair)))
            {
                groups.Add([]);
            }

            groups[^1].Add(pair);
        }

        pairs.Clear();
        foreach (var group in groups)
        {
            group.Sort((one, other) => one.Key.Span.SequenceCompareTo(other.Key.Span));
            var isUndecided = isCut && group == groups[^1];
            foreach (var pair in group)
            {
                pairs.Add(isUndecided ? new Pair { Value = Rank(request, pair) } : pair);
            }
        }
    }

    private static ByteString Rank(RangeRequest request, Pair pair) => request.SortTarget switch
    {
        // Keys-only takes the values away before they can be seen; what was sorted by is then unknown.
        RangeRequest.Types.SortTarget.Value => pair.Value,
        RangeRequest.Types.SortTarget.Version => ByteString.CopyFrom(BitConverter.GetBytes(pair.Version)),
        RangeRequest.Types.SortTarget.Create =>
            ByteString.CopyFrom(BitConverter.GetBytes(pair.CreateRevision)),
        _ => ByteString.CopyFrom(BitConverter.GetBytes(pair.ModRevision)),
    };

    private static void Sort<T>(RepeatedField<T> items, Func<T, ByteString> rank)
    {
        var sorted = items.ToList();
        sorted.Sort((one, other) => rank(one).Span.SequenceCompareTo(rank(other).Span));
        items.Clear();
        items.AddRange(sorted);
    }
}
