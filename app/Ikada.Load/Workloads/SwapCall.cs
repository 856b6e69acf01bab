using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;
using Ikada.Load.Running;

namespace Ikada.Load.Workloads;

/// <summary>A client that replaces the value of a key of its own, if nobody else has since it did so
/// last.</summary>
internal sealed class SwapCall : LoadCall
{
    private const int HeaderField = 1;
    private const int RevisionField = 3;
    private const int SucceededField = 2;

    // A revision is written in as many bytes as this one takes, whatever it is: longer than needed is
    // allowed.
    private const long Widest = 1L << 41;
    private const int RevisionBytes = 6;
    private readonly byte[] _put;
    private readonly byte[] _swap;
    private readonly int _revisionAt;
    private ulong _revision;

    public SwapCall(KeySpace keys, int number, int valueBytes)
    {
        var put = new PutRequest
        {
            Key = ByteString.CopyFrom(keys.Key(number)),
            Value = ByteString.CopyFrom(RequestTemplate.Value(valueBytes)),
        };
        var swap = new TxnRequest
        {
            Compare =
            {
                new Compare
                {
                    Key = put.Key, Target = Compare.Types.CompareTarget.Mod,
                    Result = Compare.Types.CompareResult.Equal, ModRevision = Widest,
                },
            },
            Success = { new RequestOp { RequestPut = put } },
        };
        (_put, _swap) = (put.ToByteArray(), swap.ToByteArray());
        Span<byte> widest = stackalloc byte[RevisionBytes];
        Write(widest, (ulong)Widest);
        _revisionAt = _swap.AsSpan().IndexOf(widest);
    }

    protected override void Send()
    {
        if (_revision == 0)
        {
            Connection.Begin(GrpcMethod.Put, _put, this);
            return;
        }

        Write(_swap.AsSpan(_revisionAt, RevisionBytes), _revision);
        Connection.Begin(GrpcMethod.Txn, _swap, this);
    }

    protected override string? Check(ReadOnlySpan<byte> message)
    {
        var (isFirst, succeeded) = (_revision == 0, false);
        _revision = 0;
        for (var fields = new ProtobufFields(message); fields.Next();)
        {
            if (fields.Field == HeaderField)
            {
                for (var header = new ProtobufFields(fields.Bytes); header.Next();)
                {
                    _revision = header.Field == RevisionField ? header.Number : _revision;
                }
            }
            else if (fields.Field == SucceededField)
            {
                succeeded = fields.Number != 0;
            }
        }

        return isFirst || succeeded ? null : "a swap of a key of its own was refused";
    }

    private static void Write(Span<byte> to, ulong value)
    {
        for (var i = 0; i < RevisionBytes; i++, value >>= 7)
        {
            to[i] = (byte)((value & 0x7F) | (i < RevisionBytes - 1 ? 0x80u : 0));
        }
    }
}
