using System.Globalization;
using System.Text;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client.Printing;

/// <summary>Writes answers as etcdctl does, in one of its forms. A form that a command has no use for is
/// refused.</summary>
internal abstract class Printer(Stream output)
{
    public static readonly string[] Forms = ["simple", "json", "fields", "table"];

    public static Printer Of((string? Value, string Origin) form, Stream output, bool isHex) =>
        (form.Value ?? Forms[0]) switch
        {
            "simple" => new SimplePrinter(output, isHex),
            "json" => new JsonPrinter(output),
            "fields" => new FieldsPrinter(output),
            "table" => new TablePrinter(output),
            var other => throw CliException.BadUsage(
                $"{form.Origin}: '{other}' is unknown; choose among {string.Join(", ", Forms)}"),
        };

    public virtual void Put(PutResponse answer) => throw NoRows();

    public virtual void Get(RangeResponse answer, GetParts parts) => throw NoRows();

    public virtual void Delete(DeleteRangeResponse answer) => throw NoRows();

    public virtual void Transaction(TxnResponse answer) => throw NoRows();

    public virtual void Watch(WatchResponse answer) => throw NoRows();

    public virtual void Progress(WatchResponse answer) => throw NoRows();

    public virtual void Granted(LeaseGrantResponse answer) => throw NoRows();

    public virtual void Revoked(long id, LeaseRevokeResponse answer) => throw NoRows();

    public virtual void KeptAlive(LeaseKeepAliveResponse answer) => throw NoRows();

    public virtual void TimeToLive(LeaseTimeToLiveResponse answer, bool withKeys) => throw NoRows();

    public virtual void Leases(LeaseLeasesResponse answer) => throw NoRows();

    public virtual void Alarms(AlarmResponse answer) => throw NoRows();

    public virtual void Added(MemberAddResponse answer, string name, string peerUrls) => throw NoRows();

    /// <param name="done">removed, updated or promoted.</param>
    /// <param name="id">Whose.</param>
    /// <param name="header">The answer's.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="members">All members now.</param>
    public virtual void Changed(
        string done, ulong id, ResponseHeader header, IMessage answer, IEnumerable<Member> members) =>
        throw NoRows();

    public abstract void Members(MemberListResponse answer);

    public abstract void Health(IReadOnlyList<EndpointHealth> all);

    public abstract void Statuses(IReadOnlyList<(string Endpoint, StatusResponse Status)> all);

    public abstract void Hashes(IReadOnlyList<(string Endpoint, HashKVResponse Hash)> all);

    /// <summary>What was written so far can be read.</summary>
    public void Flush() => output.Flush();

    protected void Line(string text = "")
    {
        output.Write(Encoding.UTF8.GetBytes(text));
        output.WriteByte((byte)'\n');
    }

    /// <summary>Keys and values are bytes: they go out as they are.</summary>
    protected void Line(ByteString bytes)
    {
        output.Write(bytes.Span);
        output.WriteByte((byte)'\n');
    }

    protected Stream Stream => output;

    protected static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    protected static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    protected static string AlarmName(AlarmType alarm) => alarm.ToString().ToUpperInvariant();

    private static CliException NoRows() =>
        CliException.BadUsage(
            "--write-out: this answer has no rows for a table; choose simple, json or fields");
}

/// <summary>What of the pairs is to be seen.</summary>
internal readonly record struct GetParts(bool CountOnly, bool ValueOnly);

/// <summary>Whether a server takes requests.</summary>
/// <param name="Endpoint">Which.</param>
/// <param name="Took">How long the answer took.</param>
/// <param name="Error">Why not; empty: it does.</param>
internal sealed record EndpointHealth(string Endpoint, TimeSpan Took, string Error);
