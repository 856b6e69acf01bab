using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>What came of asking.</summary>
/// <param name="Answer">The answer; null if none came.</param>
/// <param name="WasSent">Whether the question may have been read, so that what it asks for may
/// happen.</param>
/// <param name="Problem">Why there is no answer.</param>
public readonly record struct InquiryResult(Answer? Answer, bool WasSent, string Problem);

/// <summary>Asks members questions, each on a connection of its own that ends with the answer. Safe for many
/// threads.</summary>
/// <param name="options">Who asks (<see cref="TransportOptions.Self"/>), and the limits.</param>
/// <param name="loggers">Takes the logs.</param>
public sealed class PeerInquirer(TransportOptions options, ILoggerFactory loggers)
{
    private readonly PeerConnector _connector = new(
        options, new HandshakeRules(options),
        options.Tls is null ? null : new PeerTls(options.Tls, loggers.CreateLogger("Ikada.Transport")));

    /// <summary>How long an answer may take, besides connecting: what is asked for may have to be committed
    /// first.</summary>
    public static TimeSpan AnswerTimeMax { get; } = TimeSpan.FromSeconds(10);

    /// <summary>Asks whoever listens at an address.</summary>
    /// <exception cref="ArgumentException">The question is longer than
    /// <see cref="WireFormat.AskBytesMax"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no longer.</exception>
    public async Task<InquiryResult> AskAsync(
        EndPoint address, GroupId group, Question question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        var ask = new Chunk();
        FrameWriter.WriteAsk(ask, group, options.Self, NodeId.None, question);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.HandshakeTimeout);
        var wasSent = false;
        try
        {
            using var link = await _connector.DialAsync(address, limit.Token).ConfigureAwait(false);
            wasSent = true;
            await link.SendAsync(ask.Written, limit.Token).ConfigureAwait(false);
            limit.CancelAfter(AnswerTimeMax);
            return await ReadAsync(link, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new InquiryResult(null, wasSent, $"{address} has not answered in time");
        }
        catch (Exception error) when (error is SocketException or IOException or AuthenticationException)
        {
            return new InquiryResult(null, wasSent, $"{address}: {error.Message}");
        }
        finally
        {
            ask.Release();
        }
    }

    private static async Task<InquiryResult> ReadAsync(PeerLink link, CancellationToken limit)
    {
        var buffer = new FrameBuffer();
        for (var needed = WireFormat.FrameBytesMaxLeast; ;)
        {
            var count = await link.ReceiveAsync(buffer.Room(needed), limit).ConfigureAwait(false);
            buffer.Received(count);
            if (TryRead(buffer.Unread, out var result, out needed))
            {
                return result;
            }

            if (count == 0)
            {
                throw new IOException("it closed the connection without an answer");
            }
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> bytes, out InquiryResult result, out int needed)
    {
        result = default;
        var reader = new FrameReader(bytes, WireFormat.TellBytesMax);
        var isWhole = reader.TryRead();
        needed = reader.BytesNeeded;
        if (isWhole && reader.Header.Type == FrameType.Tell && reader.TryReadAnswer(out var answer))
        {
            result = new InquiryResult(answer, WasSent: true, string.Empty);
            return true;
        }

        if (isWhole && reader.Header.Type == FrameType.Reject && reader.TryReadRejection(out var rejection))
        {
            // Nothing was done for one who was not even heard.
            result = new InquiryResult(
                null, WasSent: false, $"it refuses ({rejection.Reason}): {rejection.Text}");
            return true;
        }

        return !isWhole && reader.Error.Kind == WireErrorKind.Incomplete ? false
            : throw new IOException(isWhole && reader.Error.Kind == WireErrorKind.None
                ? $"it answered with a frame of type {reader.Header.Type}" : reader.Error.Text);
    }
}
