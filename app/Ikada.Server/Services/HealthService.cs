using Grpc.Core;
using Grpc.Health.V1;

namespace Ikada.Server;

/// <summary>grpc.health.v1.Health: the server as a whole serves as long as it runs.</summary>
internal sealed class HealthService(OpenStreams streams) : Health.HealthBase
{
    private static readonly HealthCheckResponse Serving =
        new() { Status = HealthCheckResponse.Types.ServingStatus.Serving };

    public override Task<HealthCheckResponse> Check(HealthCheckRequest request, ServerCallContext context) =>
        request.Service.Length == 0 ? Task.FromResult(Serving) : throw EtcdErrors.UnknownService.Exception();

    public override async Task Watch(
        HealthCheckRequest request,
        IServerStreamWriter<HealthCheckResponse> responseStream,
        ServerCallContext context)
    {
        // The protocol wants an unknown service told, not refused, since it may come to be.
        await responseStream.WriteAsync(request.Service.Length == 0 ? Serving : new HealthCheckResponse
        {
            Status = HealthCheckResponse.Types.ServingStatus.ServiceUnknown,
        });
        using var stay = streams.Enter();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var client = context.CancellationToken.Register(() => ended.TrySetResult());
        await using var server = streams.Ending.Register(() => ended.TrySetResult());
        await ended.Task;
    }
}
