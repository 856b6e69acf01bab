using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>etcdserverpb.Watch as it is on the wire. The generated base would have each event encoded again
/// for each watcher.</summary>
[BindServiceMethod(typeof(WatchBinding), nameof(WatchBinding.Bind))]
internal abstract class WatchBase
{
    public abstract Task Watch(
        IAsyncStreamReader<WatchRequest> requestStream,
        IServerStreamWriter<WatchMessage> responseStream,
        ServerCallContext context);
}

/// <summary>Tells gRPC of the service.</summary>
internal static class WatchBinding
{
    private static readonly Method<WatchRequest, WatchMessage> Method = new(
        MethodType.DuplexStreaming,
        Api.Etcd.Watch.Descriptor.FullName,
        nameof(WatchBase.Watch),
        Marshallers.Create(
            (request, context) => context.Complete(request.ToByteArray()),
            context => WatchRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence())),
        Marshallers.Create<WatchMessage>(
            (message, context) => message.Write(context),
            _ => throw new InvalidOperationException("a server reads no responses")));

    /// <summary>Called by gRPC, with no service when it looks for the methods.</summary>
    public static void Bind(ServiceBinderBase binder, WatchBase? service) =>
        binder.AddMethod(Method, service is null ? null : service.Watch);
}
