using System.Text;
using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Cli.Client.Printing;
using Event = Ikada.Api.Mvcc.Event;
using Member = Ikada.Api.Etcd.Member;
using Pair = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Tests.Client;

/// <summary>What etcdctl 3.5.16 printed for the same answers.</summary>
public class PrinterTests
{
    private static readonly ResponseHeader Header = new()
    {
        ClusterId = 16497458696405125248, MemberId = 4017249160412024253, Revision = 44, RaftTerm = 1,
    };

    [Fact]
    public void Json_of_a_put_has_the_previous_pair_as_an_object() => Assert.Equal(
        Json("{'header':{'cluster_id':16497458696405125248,'member_id':4017249160412"
            + "024253,'revision':44,'raft_term':1},'prev_kv':{'key':'YQ==','create_re"
            + "vision':2,'mod_revision':4,'version':3,'value':'Mw=='}}"),
        Printed("json", printer => printer.Put(new PutResponse { Header = Header, PrevKv = OnePair() })));

    [Fact]
    public void Json_of_a_transaction_wraps_each_response()
    {
        var answer = new TxnResponse { Header = Header };
        var inner = new ResponseHeader { Revision = 43 };
        answer.Responses.Add(new ResponseOp { ResponsePut = new PutResponse { Header = inner } });
        answer.Responses.Add(
            new ResponseOp { ResponseRange = new RangeResponse { Header = inner, Count = 1 } });
        Assert.EndsWith(
            Json("'responses':[{'Response':{'response_put':{'header':{'revision':43}}}},"
                + "{'Response':{'response_range':{'header':{'revision':43},'count':1}}}]}"),
            Printed("json", printer => printer.Transaction(answer)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_leases_and_watches_is_that_of_gos_client()
    {
        Assert.EndsWith(
            Json("'raft_term':1,'ID':7,'TTL':100,'Error':''}"),
            Printed("json", printer => printer.Granted(new LeaseGrantResponse
            {
                Header = Header, ID = 7, TTL = 100,
            })),
            StringComparison.Ordinal);
        Assert.EndsWith(
            Json("'id':7,'ttl':-1,'granted-ttl':0,'keys':null}"),
            Printed("json", printer => printer.TimeToLive(
                new LeaseTimeToLiveResponse { Header = Header, ID = 7, TTL = -1 }, withKeys: true)),
            StringComparison.Ordinal);
        var watch = new WatchResponse { Header = Header };
        watch.Events.Add(new Event
        {
            Type = Event.Types.EventType.Delete,
            Kv = new Pair { Key = ByteString.CopyFromUtf8("t/w"), ModRevision = 47 },
        });
        Assert.EndsWith(
            Json("'Events':[{'type':1,'kv':{'key':'dC93','mod_revision':47}}],'CompactRe"
                + "vision':0,'Canceled':false,'Created':false}"),
            Printed("json", printer => printer.Watch(watch)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Simple_and_fields_show_what_a_transaction_did()
    {
        var answer = new TxnResponse { Header = Header, Succeeded = true };
        answer.Responses.Add(new ResponseOp { ResponsePut = new PutResponse { Header = new() } });
        answer.Responses.Add(new ResponseOp
        {
            ResponseDeleteRange = new DeleteRangeResponse
            {
                Header = new(), Deleted = 1, PrevKvs = { OnePair() },
            },
        });
        Assert.Equal(
            "SUCCESS\n\nOK\n\n1\na\n3\n", Printed("simple", printer => printer.Transaction(answer)));
        Assert.EndsWith(
            "\"Deleted\" : 1\n\"PrevKey\" : \"a\"\n\"PrevCreateRevision\" : 2\n\"PrevModRevision\" : 4\n"
                + "\"PrevVersion\" : 3\n\"PrevValue\" : \"3\"\n\"PrevLease\" : 0\n",
            Printed("fields", printer => printer.Transaction(answer)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hex_is_for_keys_and_values() => Assert.Equal(
        "\\x61\n\\x33\n",
        Printed(
            "simple",
            printer => printer.Get(new RangeResponse { Header = Header, Kvs = { OnePair() } }, default),
            isHex: true));

    [Fact]
    public void A_table_has_headings_in_the_middle_and_cells_to_the_right()
    {
        var answer = new MemberListResponse
        {
            Header = Header,
            Members =
            {
                new Member
                {
                    ID = 0x37c022d3bc984dbd, Name = "n1", PeerURLs = { "http://127.0.0.1:7380" },
                    ClientURLs = { "http://127.0.0.1:7379" },
                },
            },
        };
        Assert.Equal(
            """
            +------------------+---------+------+-----------------------+-----------------------+------------+
            |        ID        | STATUS  | NAME |      PEER ADDRS       |     CLIENT ADDRS      | IS LEARNER |
            +------------------+---------+------+-----------------------+-----------------------+------------+
            | 37c022d3bc984dbd | started |   n1 | http://127.0.0.1:7380 | http://127.0.0.1:7379 |      false |
            +------------------+---------+------+-----------------------+-----------------------+------------+

            """.ReplaceLineEndings("\n"),
            Printed("table", printer => printer.Members(answer)));
    }

    [Fact]
    public void What_has_no_rows_is_no_table_and_a_form_is_known_or_refused()
    {
        Assert.Contains(
            "has no rows",
            Assert.Throws<CliException>(() => Printed("table", p => p.Put(new PutResponse()))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "-w: 'xml' is unknown; choose among simple, json, fields, table",
            Assert.Throws<CliException>(() => Printed("xml", _ => { })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(776, "776 B")]
    [InlineData(1464, "1.5 kB")]
    [InlineData(9949, "9.9 kB")]
    [InlineData(20480, "20 kB")]
    [InlineData(25_000_000, "25 MB")]
    [InlineData(2_147_483_648, "2.1 GB")]
    public void Sizes_are_written_as_etcdctl_does(long bytes, string expected) =>
        Assert.Equal(expected, Sizes.Text(bytes));

    [Theory]
    [InlineData(12_500, "1.25ms")]
    [InlineData(125, "12.5µs")]
    [InlineData(20_002_475, "2.0002475s")]
    public void Durations_are_written_as_go_does(long ticks, string expected) =>
        Assert.Equal(expected, GoDuration.Text(TimeSpan.FromTicks(ticks)));

    private static string Json(string text) => text.Replace('\'', '"') + "\n";

    private static Pair OnePair() => new()
    {
        Key = ByteString.CopyFromUtf8("a"), CreateRevision = 2, ModRevision = 4, Version = 3,
        Value = ByteString.CopyFromUtf8("3"),
    };

    private static string Printed(string form, Action<Printer> print, bool isHex = false)
    {
        using var output = new MemoryStream();
        print(Printer.Of((form, "-w"), output, isHex));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
