namespace Ikada.Load.Http2;

/// <summary>A method of a gRPC service. Two of the same path are different to a connection: keep
/// one.</summary>
/// <param name="path">Such as <c>/etcdserverpb.KV/Put</c>.</param>
public sealed class GrpcMethod(string path)
{
    public static readonly GrpcMethod Put = new("/etcdserverpb.KV/Put");
    public static readonly GrpcMethod Range = new("/etcdserverpb.KV/Range");
    public static readonly GrpcMethod Txn = new("/etcdserverpb.KV/Txn");
    public static readonly GrpcMethod DeleteRange = new("/etcdserverpb.KV/DeleteRange");
    public static readonly GrpcMethod Watch = new("/etcdserverpb.Watch/Watch");
    public static readonly GrpcMethod LeaseGrant = new("/etcdserverpb.Lease/LeaseGrant");
    public static readonly GrpcMethod LeaseRevoke = new("/etcdserverpb.Lease/LeaseRevoke");
    public static readonly GrpcMethod LeaseKeepAlive = new("/etcdserverpb.Lease/LeaseKeepAlive");

    public string Path { get; } = path;
}
