using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>What reflection tells of. That of watches is bound by hand, so the list is as well.</summary>
internal static class ServedServices
{
    public static ServiceDescriptor[] Descriptors { get; } =
    [
        KV.Descriptor, Watch.Descriptor, Lease.Descriptor, Cluster.Descriptor, Maintenance.Descriptor,
        Auth.Descriptor, Api.Migrating.Migration.Descriptor, Health.Descriptor,
        Grpc.Reflection.V1.ServerReflection.Descriptor, Grpc.Reflection.V1Alpha.ServerReflection.Descriptor,
    ];
}
