using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Ikada.Server;

/// <summary>
/// What a client sends, with the <c>:authority</c> of its first call mended if that is no host (see
/// <see cref="Authority"/>). Up to the first call it gives out whole frames (RFC 9113 §4.1). Where nothing is
/// to be mended it then steps aside; else the rest goes through a buffer of its own.
/// </summary>
internal sealed class AuthorityReader(PipeReader input) : PipeReader
{
    private const int FrameHeadBytes = 9;
    private const int FrameBytesMax = 16 << 10;
    private const byte HeadersType = 1;
    private const byte EndHeadersFlag = 0x4;
    private const byte PaddedFlag = 0x8;
    private const byte PriorityFlag = 0x20;
    private const int PriorityBytes = 5;

    private bool _isLooking = true;
    private bool _hasPreface;
    private Pipe? _mended;
    private ReadOnlySequence<byte> _given;

    // From what is not consumed yet to where the next frame begins.
    private long _toNextFrame = Preface.Length;

    // What every HTTP/2 connection begins with.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _mended is not null ? ReadMendedAsync(cancellationToken)
        : _isLooking ? LookAsync(cancellationToken)
        : input.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        if (_mended is not null)
        {
            return _mended.Reader.TryRead(out result)
                || (input.TryRead(out var more) && TryTake(more) && _mended.Reader.TryRead(out result));
        }

        return input.TryRead(out result) && (!_isLooking || TryLook(ref result));
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_mended is not null)
        {
            _mended.Reader.AdvanceTo(consumed, examined);
            return;
        }

        if (_isLooking)
        {
            _toNextFrame -= _given.Slice(0, consumed).Length;
            _given = default;
        }

        input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => input.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        input.Complete(exception);
        _mended?.Reader.Complete(exception);
        _mended?.Writer.Complete(exception);
    }

    private async ValueTask<ReadResult> LookAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            if (TryLook(ref read))
            {
                return read;
            }
        }
    }

    // Cuts off what may belong to the first call until it is whole. False if nothing is left: it was not
    // given out then.
    private bool TryLook(ref ReadResult read)
    {
        var buffer = read.Buffer;
        _hasPreface = _hasPreface || IsPreface(buffer);
        if (!_hasPreface)
        {
            _isLooking = false;
            return true;
        }

        while (NextFrame(buffer) is { } frame)
        {
            if (frame.Type == HeadersType || frame.Length > FrameBytesMax)
            {
                _isLooking = false;
                if (Mended(buffer.Slice(_toNextFrame), frame) is { } mended)
                {
                    read = Divert(read, mended, frame.Length);
                }

                return true;
            }

            _toNextFrame += FrameHeadBytes + frame.Length;
        }

        if (read.IsCompleted)
        {
            _isLooking = false;
            return true;
        }

        _given = buffer.Slice(0, buffer.Length < _toNextFrame ? 0 : _toNextFrame);
        if (_given.IsEmpty && !read.IsCanceled)
        {
            input.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        read = new ReadResult(_given, read.IsCanceled, isCompleted: false);
        return true;
    }

    private static bool IsPreface(ReadOnlySequence<byte> buffer) =>
        Preface.StartsWith(buffer.Slice(0, Math.Min(buffer.Length, Preface.Length)).ToArray().AsSpan());

    // Null until it is whole. One that is too long Kestrel refuses by its head.
    private (int Length, byte Type, byte Flags)? NextFrame(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < _toNextFrame + FrameHeadBytes)
        {
            return null;
        }

        Span<byte> head = stackalloc byte[FrameHeadBytes];
        buffer.Slice(_toNextFrame, FrameHeadBytes).CopyTo(head);
        var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(head) >> 8);
        var isWhole = length > FrameBytesMax || buffer.Length >= _toNextFrame + FrameHeadBytes + length;
        return isWhole ? (length, head[3], head[4]) : null;
    }

    // The frame anew, or null.
    private static byte[]? Mended(ReadOnlySequence<byte> from, (int Length, byte Type, byte Flags) frame)
    {
        var before = FrameHeadBytes + ((frame.Flags & PriorityFlag) != 0 ? PriorityBytes : 0);
        var end = FrameHeadBytes + frame.Length;
        if ((frame.Flags & (EndHeadersFlag | PaddedFlag)) != EndHeadersFlag
            || end < before || from.Length < end)
        {
            return null;
        }

        var bytes = from.Slice(0, end).ToArray();
        if (Authority.Mended(bytes.AsSpan(before)) is not { } block)
        {
            return null;
        }

        byte[] whole = [.. bytes.AsSpan(0, before), .. block];
        BinaryPrimitives.WriteUInt32BigEndian(
            whole, ((uint)(whole.Length - FrameHeadBytes) << 8) | whole[3]);
        return whole.Length <= FrameBytesMax ? whole : null;
    }

    private ReadResult Divert(in ReadResult from, byte[] mended, int oldLength)
    {
        var buffer = from.Buffer;
        _mended = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        Copy(buffer.Slice(0, _toNextFrame));
        _mended.Writer.Write(mended);
        Copy(buffer.Slice(_toNextFrame + FrameHeadBytes + oldLength));
        input.AdvanceTo(buffer.End);
        End(from.IsCompleted);
        return _mended.Reader.TryRead(out var read)
            ? read : throw new InvalidOperationException("what was written is not there");
    }

    private async ValueTask<ReadResult> ReadMendedAsync(CancellationToken cancellation)
    {
        if (_mended!.Reader.TryRead(out var unread))
        {
            return unread;
        }

        while (true)
        {
            var more = await input.ReadAsync(cancellation);
            if (more.IsCanceled)
            {
                input.AdvanceTo(more.Buffer.Start);
                _mended.Reader.CancelPendingRead();
                return await _mended.Reader.ReadAsync(cancellation);
            }

            if (TryTake(more))
            {
                return await _mended.Reader.ReadAsync(cancellation);
            }
        }
    }

    private bool TryTake(in ReadResult more)
    {
        Copy(more.Buffer);
        input.AdvanceTo(more.Buffer.End);
        End(more.IsCompleted);
        return more.IsCompleted || !more.Buffer.IsEmpty;
    }

    private void Copy(in ReadOnlySequence<byte> bytes)
    {
        foreach (var piece in bytes)
        {
            _mended!.Writer.Write(piece.Span);
        }
    }

    private void End(bool isCompleted)
    {
        if (isCompleted)
        {
            _mended!.Writer.Complete();
        }
        else if (!_mended!.Writer.FlushAsync().AsTask().IsCompleted)
        {
            throw new InvalidOperationException("a buffer without a threshold made the writer wait");
        }
    }
}

/// <summary>Puts an <see cref="AuthorityReader"/> between a connection and Kestrel.</summary>
internal static class AuthorityMending
{
    /// <summary>For connections that speak HTTP/2, or may; after TLS.</summary>
    public static void Use(ListenOptions listen) => listen.Use(next => async connection =>
    {
        var transport = connection.Transport;
        connection.Transport = new Mended(new AuthorityReader(transport.Input), transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    });

    private sealed record Mended(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
