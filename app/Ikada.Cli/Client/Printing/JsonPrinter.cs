using System.Text.Json;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client.Printing;

/// <summary>As Go's encoder writes etcd's messages, and where etcdctl prints a type of its client instead,
/// as it writes that.</summary>
internal sealed class JsonPrinter(Stream output) : Printer(output)
{
    public override void Put(PutResponse answer) => Message(answer);

    public override void Get(RangeResponse answer, GetParts parts)
    {
        if (parts.ValueOnly)
        {
            throw CliException.BadUsage("--print-value-only is for --write-out=simple; leave one out");
        }

        Message(answer);
    }

    public override void Delete(DeleteRangeResponse answer) => Message(answer);

    public override void Transaction(TxnResponse answer) => Message(answer);

    public override void Watch(WatchResponse answer) => Write(json =>
    {
        json.WriteStartObject();
        json.WritePropertyName("Header");
        JsonMessage.Write(json, answer.Header);
        if (answer.Events.Count == 0)
        {
            json.WriteNull("Events");
        }
        else
        {
            json.WriteStartArray("Events");
            foreach (var change in answer.Events)
            {
                JsonMessage.Write(json, change);
            }

            json.WriteEndArray();
        }

        json.WriteNumber("CompactRevision", answer.CompactRevision);
        json.WriteBoolean("Canceled", answer.Canceled);
        json.WriteBoolean("Created", answer.Created);
        json.WriteEndObject();
    });

    public override void Progress(WatchResponse answer) => Watch(answer);

    public override void Granted(LeaseGrantResponse answer) => Lease(answer.Header, json =>
    {
        json.WriteNumber("ID", answer.ID);
        json.WriteNumber("TTL", answer.TTL);
        json.WriteString("Error", answer.Error);
    });

    public override void Revoked(long id, LeaseRevokeResponse answer) => Message(answer);

    public override void KeptAlive(LeaseKeepAliveResponse answer) => Lease(answer.Header, json =>
    {
        json.WriteNumber("ID", answer.ID);
        json.WriteNumber("TTL", answer.TTL);
    });

    public override void TimeToLive(LeaseTimeToLiveResponse answer, bool withKeys) =>
        Lease(answer.Header, json =>
        {
            json.WriteNumber("id", answer.ID);
            json.WriteNumber("ttl", answer.TTL);
            json.WriteNumber("granted-ttl", answer.GrantedTTL);
            if (answer.Keys.Count == 0)
            {
                json.WriteNull("keys");
                return;
            }

            json.WriteStartArray("keys");
            foreach (var key in answer.Keys)
            {
                json.WriteBase64StringValue(key.Span);
            }

            json.WriteEndArray();
        });

    public override void Leases(LeaseLeasesResponse answer) => Lease(answer.Header, json =>
    {
        json.WriteStartArray("leases");
        foreach (var lease in answer.Leases)
        {
            json.WriteStartObject();
            json.WriteNumber("id", lease.ID);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public override void Alarms(AlarmResponse answer) => Message(answer);

    public override void Added(MemberAddResponse answer, string name, string peerUrls) => Message(answer);

    public override void Changed(
        string done, ulong id, ResponseHeader header, IMessage answer, IEnumerable<Member> members) =>
        Message(answer);

    public override void Members(MemberListResponse answer) => Message(answer);

    public override void Health(IReadOnlyList<EndpointHealth> all) => List(all, (json, one) =>
    {
        json.WriteString("endpoint", one.Endpoint);
        json.WriteBoolean("health", one.Error.Length == 0);
        json.WriteString("took", GoDuration.Text(one.Took));
        if (one.Error.Length > 0)
        {
            json.WriteString("error", one.Error);
        }
    });

    public override void Statuses(IReadOnlyList<(string Endpoint, StatusResponse Status)> all) =>
        List(all, (json, one) => Answer(json, one.Endpoint, "Status", one.Status));

    public override void Hashes(IReadOnlyList<(string Endpoint, HashKVResponse Hash)> all) =>
        List(all, (json, one) => Answer(json, one.Endpoint, "HashKV", one.Hash));

    private static void Answer(Utf8JsonWriter json, string endpoint, string name, IMessage answer)
    {
        json.WriteString("Endpoint", endpoint);
        json.WritePropertyName(name);
        JsonMessage.Write(json, answer);
    }

    private void Message(IMessage answer) => Write(json => JsonMessage.Write(json, answer));

    // The header's fields stand among the others.
    private void Lease(ResponseHeader header, Action<Utf8JsonWriter> body) => Write(json =>
    {
        json.WriteStartObject();
        JsonMessage.WriteFields(json, header);
        body(json);
        json.WriteEndObject();
    });

    private void List<T>(IEnumerable<T> all, Action<Utf8JsonWriter, T> body) => Write(json =>
    {
        json.WriteStartArray();
        foreach (var one in all)
        {
            json.WriteStartObject();
            body(json, one);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private void Write(Action<Utf8JsonWriter> body)
    {
        using (var json = new Utf8JsonWriter(Stream, JsonMessage.Options))
        {
            body(json);
        }

        Line();
    }
}
