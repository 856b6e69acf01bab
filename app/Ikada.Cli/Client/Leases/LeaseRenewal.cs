using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>Keeps a lease alive: renews it once in a third of its time, at whichever server
/// answers.</summary>
internal sealed class LeaseRenewal(ClientCall call, long id)
{
    public async Task<int> RunAsync(bool once)
    {
        try
        {
            while (true)
            {
                var answer = await call.Cluster.ReadAsync("lease keep-alive", Renew, call.Cancellation);
                if (answer.TTL <= 0)
                {
                    throw new CliException(once
                        ? "lease keep-alive: etcdserver: requested lease not found"
                        : $"lease {id:x16} expired or revoked.");
                }

                call.Printer.KeptAlive(answer);
                call.Printer.Flush();
                if (once)
                {
                    return 0;
                }

                await Task.Delay(TimeSpan.FromSeconds(answer.TTL / 3.0), call.Cancellation);
            }
        }
        catch (OperationCanceledException) when (call.Cancellation.IsCancellationRequested)
        {
            return 0;
        }
    }

    // A stream for one question: a renewal is rare.
    private AsyncUnaryCall<LeaseKeepAliveResponse> Renew(EtcdConnection connection, CallOptions options)
    {
        var stream = connection.Leases.LeaseKeepAlive(options);
        return new AsyncUnaryCall<LeaseKeepAliveResponse>(
            AnswerAsync(), stream.ResponseHeadersAsync, stream.GetStatus, stream.GetTrailers, stream.Dispose);

        async Task<LeaseKeepAliveResponse> AnswerAsync()
        {
            await stream.RequestStream.WriteAsync(
                new LeaseKeepAliveRequest { ID = id }, options.CancellationToken);
            if (!await stream.ResponseStream.MoveNext(options.CancellationToken))
            {
                throw new RpcException(
                    new Status(StatusCode.Unavailable, "the stream ended without an answer"));
            }

            var answer = stream.ResponseStream.Current;
            await stream.RequestStream.CompleteAsync();
            stream.Dispose();
            return answer;
        }
    }
}
