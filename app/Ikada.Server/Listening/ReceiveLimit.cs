using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>
/// Refuses a message above the receive limit in gRPC's words, which clients show. ASP.NET's own words for
/// it differ and lack the numbers, and by then the length is gone; so the length prefix is looked at, not
/// taken, before the call.
/// </summary>
internal sealed class ReceiveLimit(RequestDelegate next, ServerOptions options)
{
    private readonly long _bytesMax = BytesMax(options);

    /// <summary>The largest message taken: etcd's request limit and half a MiB for what is around
    /// it.</summary>
    public static int BytesMax(ServerOptions options) => options.MaxRequestBytes + (512 * 1024);

    public async Task InvokeAsync(HttpContext context)
    {
        // Streams may open long before their first message, so only the unary calls that carry large ones
        // are looked at.
        if (context.Request.Path.StartsWithSegments("/etcdserverpb.KV", StringComparison.Ordinal)
            && GrpcAnswers.IsGrpc(context.Request)
            && await LengthAsync(context) is var length && length > _bytesMax)
        {
            GrpcAnswers.Answer(context, EtcdErrors.MessageTooLarge(length, _bytesMax));
            return;
        }

        await next(context);
    }

    private static async ValueTask<long> LengthAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            var frame = new MessageFrame(read.Buffer);
            reader.AdvanceTo(read.Buffer.Start, frame.HasHead ? read.Buffer.Start : read.Buffer.End);
            if (frame.HasHead || read.IsCompleted)
            {
                return frame.Length;
            }
        }
    }
}
