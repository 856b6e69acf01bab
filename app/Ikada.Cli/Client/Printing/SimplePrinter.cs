using System.Globalization;
using System.Text;
using Google.Protobuf;
using Ikada.Api.Etcd;
using Pair = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Client.Printing;

/// <summary>For people and shells: a key and a value are a line each.</summary>
internal sealed class SimplePrinter(Stream output, bool isHex) : Printer(output)
{
    public override void Put(PutResponse answer)
    {
        Line("OK");
        if (answer.PrevKv is not null)
        {
            Pair(answer.PrevKv);
        }
    }

    public override void Get(RangeResponse answer, GetParts parts)
    {
        if (parts.CountOnly)
        {
            Line(Text(answer.Count));
        }

        foreach (var pair in answer.Kvs)
        {
            Pair(pair, parts.ValueOnly);
        }
    }

    public override void Delete(DeleteRangeResponse answer)
    {
        Line(Text(answer.Deleted));
        foreach (var pair in answer.PrevKvs)
        {
            Pair(pair);
        }
    }

    public override void Transaction(TxnResponse answer)
    {
        Line(answer.Succeeded ? "SUCCESS" : "FAILURE");
        foreach (var part in answer.Responses)
        {
            Line();
            switch (part.ResponseCase)
            {
                case ResponseOp.ResponseOneofCase.ResponseRange:
                    Get(part.ResponseRange, default);
                    break;
                case ResponseOp.ResponseOneofCase.ResponsePut:
                    Put(part.ResponsePut);
                    break;
                case ResponseOp.ResponseOneofCase.ResponseDeleteRange:
                    Delete(part.ResponseDeleteRange);
                    break;
                default:
                    Line($"unexpected response {part}");
                    break;
            }
        }
    }

    public override void Watch(WatchResponse answer)
    {
        foreach (var change in answer.Events)
        {
            Line(change.Type.ToString().ToUpperInvariant());
            if (change.PrevKv is not null)
            {
                Pair(change.PrevKv);
            }

            Pair(change.Kv);
        }
    }

    public override void Progress(WatchResponse answer) =>
        Line($"progress notify: {Text(answer.Header.Revision)}");

    public override void Granted(LeaseGrantResponse answer) =>
        Line($"lease {answer.ID:x16} granted with TTL({answer.TTL}s)");

    public override void Revoked(long id, LeaseRevokeResponse answer) => Line($"lease {id:x16} revoked");

    public override void KeptAlive(LeaseKeepAliveResponse answer) =>
        Line($"lease {answer.ID:x16} keepalived with TTL({answer.TTL})");

    public override void TimeToLive(LeaseTimeToLiveResponse answer, bool withKeys)
    {
        if (answer is { GrantedTTL: 0, TTL: -1 })
        {
            Line($"lease {answer.ID:x16} already expired");
            return;
        }

        var text = $"lease {answer.ID:x16} granted with TTL({answer.GrantedTTL}s), remaining({answer.TTL}s)";
        var keys = withKeys
            ? $", attached keys([{string.Join(' ', answer.Keys.Select(key => GoText.Text(key.Span)))}])" : "";
        Line(GoText.Bytes(text + keys));
    }

    public override void Leases(LeaseLeasesResponse answer)
    {
        Line($"found {answer.Leases.Count} leases");
        foreach (var lease in answer.Leases)
        {
            Line($"{lease.ID:x16}");
        }
    }

    public override void Alarms(AlarmResponse answer)
    {
        foreach (var alarm in answer.Alarms)
        {
            Line($"memberID:{alarm.MemberID} alarm:{AlarmName(alarm.Alarm)} ");
        }
    }

    public override void Added(MemberAddResponse answer, string name, string peerUrls)
    {
        Line($"Member {Padded(answer.Member.ID)} added to cluster {Padded(answer.Header.ClusterId)}");
        var cluster = answer.Members.SelectMany(member => member.PeerURLs.Select(
            url => $"{(member.ID == answer.Member.ID ? name : member.Name)}={url}"));
        Line();
        Line($"ETCD_NAME={GoText.Quoted(name)}");
        Line($"ETCD_INITIAL_CLUSTER={GoText.Quoted(string.Join(',', cluster))}");
        Line($"ETCD_INITIAL_ADVERTISE_PEER_URLS={GoText.Quoted(peerUrls)}");
        Line("ETCD_INITIAL_CLUSTER_STATE=\"existing\"");
    }

    public override void Changed(
        string done, ulong id, ResponseHeader header, IMessage answer, IEnumerable<Member> members) =>
        Line($"Member {Padded(id)} {done} cluster {Padded(header.ClusterId)}");

    public override void Members(MemberListResponse answer)
    {
        foreach (var row in TablePrinter.Rows(answer))
        {
            Line(string.Join(", ", row));
        }
    }

    public override void Health(IReadOnlyList<EndpointHealth> all)
    {
        foreach (var one in all)
        {
            Line(one.Error.Length == 0
                ? $"{one.Endpoint} is healthy: successfully committed proposal: took = "
                    + GoDuration.Text(one.Took)
                : $"{one.Endpoint} is unhealthy: failed to commit proposal: {one.Error}");
        }
    }

    public override void Statuses(IReadOnlyList<(string Endpoint, StatusResponse Status)> all)
    {
        foreach (var row in all.Select(TablePrinter.Row))
        {
            Line(string.Join(", ", row));
        }
    }

    public override void Hashes(IReadOnlyList<(string Endpoint, HashKVResponse Hash)> all)
    {
        foreach (var (endpoint, hash) in all)
        {
            Line($"{endpoint}, {hash.Hash}");
        }
    }

    private void Pair(Pair pair, bool valueOnly = false)
    {
        if (!valueOnly)
        {
            Bytes(pair.Key);
        }

        Bytes(pair.Value);
    }

    private void Bytes(ByteString bytes)
    {
        if (!isHex)
        {
            Line(bytes);
            return;
        }

        var text = new StringBuilder(4 * bytes.Length);
        foreach (var one in bytes.Span)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
        }

        Line(text.ToString());
    }

    private static string Padded(ulong id) => Hex(id).PadLeft(16);
}
