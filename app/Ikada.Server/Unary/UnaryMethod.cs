using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>A method of one message each way.</summary>
internal abstract class UnaryMethod(string name)
{
    /// <summary>As clients ask for it.</summary>
    public string Path { get; } = "/etcdserverpb.KV/" + name;

    /// <summary>Serves a call, or hands one that is out of the ordinary to <paramref name="next"/>, of which
    /// nothing is taken then.</summary>
    public abstract Task InvokeAsync(HttpContext context, RequestDelegate next);
}

/// <summary>A method of one message each way.</summary>
/// <param name="name">Of the method.</param>
/// <param name="parser">Of the request.</param>
/// <param name="call">Does it. Refuses by an <see cref="RpcException"/>.</param>
/// <param name="answersAsLearner">Whether a learner does it as well.</param>
/// <param name="parts">What all share.</param>
internal sealed class UnaryMethod<TRequest, TResponse>(
    string name,
    MessageParser<TRequest> parser,
    Func<TRequest, CancellationToken, Task<TResponse>> call,
    Func<TRequest, bool> answersAsLearner,
    UnaryParts parts)
    : UnaryMethod(name)
    where TRequest : IMessage<TRequest>
    where TResponse : IMessage<TResponse>
{
    public override async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var reader = context.Request.BodyReader;
        TRequest request;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            var frame = new MessageFrame(read.Buffer);
            if (frame.IsCompressed || (read.IsCompleted && !frame.IsWhole))
            {
                reader.AdvanceTo(read.Buffer.Start);
                await next(context);
                return;
            }

            if (frame.HasHead && frame.Length > parts.MessageBytesMax)
            {
                GrpcAnswers.Answer(
                    context, EtcdErrors.MessageTooLarge(frame.Length, parts.MessageBytesMax));
                return;
            }

            // The client's end may come a frame later: before that the call is not complete.
            if (!frame.IsWhole || !read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            if (!TryParse(context, frame, out request))
            {
                return;
            }

            reader.AdvanceTo(read.Buffer.End);
            break;
        }

        await AnswerAsync(context, request);
    }

    private bool TryParse(HttpContext context, in MessageFrame frame, out TRequest request)
    {
        try
        {
            request = parser.ParseFrom(frame.Message);
            if (!frame.HasMore)
            {
                return true;
            }

            GrpcAnswers.Answer(context, EtcdErrors.MoreThanOneMessage);
        }
        catch (InvalidProtocolBufferException wrong)
        {
            GrpcAnswers.Answer(context, EtcdErrors.NotAMessage(wrong.Message));
            request = default!;
        }

        return false;
    }

    private async Task AnswerAsync(HttpContext context, TRequest request)
    {
        GrpcMeter.Method? counted = null;
        CallDeadline? deadline = null;
        try
        {
            parts.Admission.Check(context, Path, "unary", answersAsLearner(request));
            counted = parts.Meter.Begin(Path, "unary");
            deadline = CallDeadline.Of(context);
            var response = await call(request, deadline?.Token ?? context.RequestAborted);
            Write(context.Response, response);
            counted.End(StatusCode.OK);
        }
        catch (RpcException refusal)
        {
            var error = deadline?.HasPassed == true
                ? EtcdErrors.DeadlineExceeded : new EtcdError(refusal.StatusCode, refusal.Status.Detail);
            counted?.End(error.Code);
            GrpcAnswers.Answer(context, error);
        }
#pragma warning disable CA1031 // Not swallowed: the client is told, and the log has it all.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            ServerLog.CallFailed(parts.Logger, Path, failure);
            counted?.End(StatusCode.Unknown);
            GrpcAnswers.Answer(context, EtcdErrors.HandlerFailed(failure));
        }
        finally
        {
            deadline?.Dispose();
        }
    }

    // Not flushed: headers, message and status go out together.
    private static void Write(HttpResponse to, TResponse response)
    {
        to.ContentType = "application/grpc";
        var size = response.CalculateSize();
        MessageFrame.WriteHead(to.BodyWriter, size);
        response.WriteTo(to.BodyWriter);
        to.AppendTrailer("grpc-status", "0");
    }
}
