using Google.Protobuf;
using Ikada.Api.Etcd;
using Pair = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Client.Printing;

/// <summary>Everything that an answer has, a line each: <c>"Name" : value</c>.</summary>
internal sealed class FieldsPrinter(Stream output) : Printer(output)
{
    public override void Put(PutResponse answer)
    {
        Header(answer.Header);
        if (answer.PrevKv is not null)
        {
            Pair("Prev", answer.PrevKv);
        }
    }

    public override void Get(RangeResponse answer, GetParts parts)
    {
        Header(answer.Header);
        foreach (var pair in answer.Kvs)
        {
            Pair("", pair);
        }

        Field("More", Truth(answer.More));
        Field("Count", answer.Count);
    }

    public override void Delete(DeleteRangeResponse answer)
    {
        Header(answer.Header);
        Field("Deleted", answer.Deleted);
        foreach (var pair in answer.PrevKvs)
        {
            Pair("Prev", pair);
        }
    }

    public override void Transaction(TxnResponse answer)
    {
        Header(answer.Header);
        Field("Succeeded", Truth(answer.Succeeded));
        foreach (var part in answer.Responses)
        {
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
                    Field("Unknown", GoText.Quoted(part.ToString()));
                    break;
            }
        }
    }

    public override void Watch(WatchResponse answer)
    {
        Header(answer.Header);
        foreach (var change in answer.Events)
        {
            Field("Type", change.Type.ToString().ToUpperInvariant());
            if (change.PrevKv is not null)
            {
                Pair("Prev", change.PrevKv);
            }

            Pair("", change.Kv);
        }
    }

    public override void Progress(WatchResponse answer) => Watch(answer);

    public override void Granted(LeaseGrantResponse answer)
    {
        Header(answer.Header);
        Field("ID", answer.ID);
        Field("TTL", answer.TTL);
    }

    public override void Revoked(long id, LeaseRevokeResponse answer) => Header(answer.Header);

    public override void KeptAlive(LeaseKeepAliveResponse answer)
    {
        Header(answer.Header);
        Field("ID", answer.ID);
        Field("TTL", answer.TTL);
    }

    public override void TimeToLive(LeaseTimeToLiveResponse answer, bool withKeys)
    {
        Header(answer.Header);
        Field("ID", answer.ID);
        Field("TTL", answer.TTL);
        Field("GrantedTTL", answer.GrantedTTL);
        foreach (var key in answer.Keys)
        {
            Field("Key", GoText.Quoted(key));
        }
    }

    public override void Leases(LeaseLeasesResponse answer)
    {
        Header(answer.Header);
        foreach (var lease in answer.Leases)
        {
            Field("ID", lease.ID);
        }
    }

    public override void Alarms(AlarmResponse answer)
    {
        Header(answer.Header);
        foreach (var alarm in answer.Alarms)
        {
            Field("MemberID", alarm.MemberID);
            Field("AlarmType", AlarmName(alarm.Alarm));
            Line();
        }
    }

    public override void Added(MemberAddResponse answer, string name, string peerUrls)
    {
        Header(answer.Header);
        Field("Added", answer.Member.ID);
        Members(answer.Members);
    }

    public override void Changed(
        string done, ulong id, ResponseHeader header, IMessage answer, IEnumerable<Member> members)
    {
        Header(header);
        Members(members);
    }

    public override void Members(MemberListResponse answer)
    {
        Header(answer.Header);
        Members(answer.Members);
    }

    public override void Health(IReadOnlyList<EndpointHealth> all)
    {
        foreach (var one in all)
        {
            Field("Endpoint", GoText.Quoted(one.Endpoint));
            Field("Health", Truth(one.Error.Length == 0));
            Field("Took", GoDuration.Text(one.Took));
            Field("Error", one.Error);
            Line();
        }
    }

    public override void Statuses(IReadOnlyList<(string Endpoint, StatusResponse Status)> all)
    {
        foreach (var (endpoint, status) in all)
        {
            Header(status.Header);
            Field("Version", GoText.Quoted(status.Version));
            Field("DBSize", status.DbSize);
            Field("Leader", status.Leader);
            Field("IsLearner", Truth(status.IsLearner));
            Field("RaftIndex", status.RaftIndex);
            Field("RaftTerm", status.RaftTerm);
            Field("RaftAppliedIndex", status.RaftAppliedIndex);
            Field("Errors", $"[{string.Join(' ', status.Errors)}]");
            Field("Endpoint", GoText.Quoted(endpoint));
            Line();
        }
    }

    public override void Hashes(IReadOnlyList<(string Endpoint, HashKVResponse Hash)> all)
    {
        foreach (var (endpoint, hash) in all)
        {
            Header(hash.Header);
            Field("Endpoint", GoText.Quoted(endpoint));
            Field("Hash", hash.Hash);
            Line();
        }
    }

    private void Members(IEnumerable<Member> members)
    {
        foreach (var member in members)
        {
            Field("ID", member.ID);
            Field("Name", GoText.Quoted(member.Name));
            foreach (var url in member.PeerURLs)
            {
                Field("PeerURL", GoText.Quoted(url));
            }

            foreach (var url in member.ClientURLs)
            {
                Field("ClientURL", GoText.Quoted(url));
            }

            Field("IsLearner", Truth(member.IsLearner));
            Line();
        }
    }

    private void Header(ResponseHeader header)
    {
        Field("ClusterID", header.ClusterId);
        Field("MemberID", header.MemberId);
        Field("Revision", header.Revision);
        Field("RaftTerm", header.RaftTerm);
    }

    private void Pair(string prefix, Pair pair)
    {
        Field(prefix + "Key", GoText.Quoted(pair.Key));
        Field(prefix + "CreateRevision", pair.CreateRevision);
        Field(prefix + "ModRevision", pair.ModRevision);
        Field(prefix + "Version", pair.Version);
        Field(prefix + "Value", GoText.Quoted(pair.Value));
        Field(prefix + "Lease", pair.Lease);
    }

    private void Field(string name, IFormattable value) => Field(name, Text(value));

    private void Field(string name, string value) => Line($"\"{name}\" : {value}");

    private static string Truth(bool value) => value ? "true" : "false";
}
