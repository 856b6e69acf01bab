using Google.Protobuf;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;
using Ikada.Load.Running;

namespace Ikada.Load.Workloads;

/// <summary>A client that keeps a lease of its own alive, over one stream.</summary>
internal sealed class KeepAliveCall(long lease) : LoadCall
{
    private const int TtlField = 3;
    private readonly byte[] _message = new LeaseKeepAliveRequest { ID = lease }.ToByteArray();
    private bool _isOpen;

    protected override bool IsStream => true;

    protected override void Send()
    {
        if (_isOpen)
        {
            Connection.Continue(_message, this);
            return;
        }

        _isOpen = true;
        Connection.Begin(GrpcMethod.LeaseKeepAlive, _message, this, isLast: false);
    }

    protected override string? Check(ReadOnlySpan<byte> message)
    {
        for (var fields = new ProtobufFields(message); fields.Next();)
        {
            if (fields.Field == TtlField && fields.Number > 0)
            {
                return null;
            }
        }

        return $"lease {lease:x} is gone";
    }
}

/// <summary>A client that grants leases, one a call, of numbers that it is given.</summary>
internal sealed class GrantCall(Func<long> leases, int seconds) : LoadCall
{
    protected override void Send()
    {
        var request = new LeaseGrantRequest { ID = leases(), TTL = seconds };
        Connection.Begin(GrpcMethod.LeaseGrant, request.ToByteArray(), this);
    }
}
