using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Benchmarks;

/// <summary>An entry of 256 B in a frame of 64, as a leader sends it or a follower reads it.</summary>
internal sealed class CodecPath : HotPath
{
    private const int Batch = 64;
    private const int EntryBytes = 256;
    private const int FrameBytesMax = 1 << 20;
    private static readonly GroupId Group = new(7);
    private static readonly FrameSender Sender = new(new NodeId(1), new Incarnation(5), new StartCount(1));
    private readonly bool _writes;
    private readonly ArrayBufferWriter<byte> _writer = new(FrameBytesMax);
    private readonly Message _message = new()
    {
        Type = MessageType.Append, From = new NodeId(1), To = new NodeId(2), Term = new Term(1),
        End = new LogIndex(Batch),
    };

    private readonly LogEntry[] _entries =
    [
        .. Enumerable.Range(1, Batch).Select(index => LogEntry.Create(
            Group, new LogIndex((ulong)index), new Term(1), EntryKind.Command, 1, new byte[EntryBytes])),
    ];

    public CodecPath(bool writes)
    {
        _writes = writes;
        Write();
    }

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done += Batch)
        {
            if (_writes)
            {
                Write();
            }
            else
            {
                Read();
            }
        }
    }

    private void Write()
    {
        _writer.ResetWrittenCount();
        FrameWriter.WriteMessage(_writer, Group, Sender, _message, _entries);
    }

    private void Read()
    {
        var reader = new FrameReader(_writer.WrittenSpan, FrameBytesMax);
        if (!reader.TryRead() || !reader.TryReadMessage(out _, out var entries) || entries.Length != Batch)
        {
            throw new InvalidOperationException($"the frame does not read back: {reader.Error}");
        }
    }
}
