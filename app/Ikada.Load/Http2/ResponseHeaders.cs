using System.Text;
using Ikada.Server;

namespace Ikada.Load.Http2;

/// <summary>Reads header blocks of a server (RFC 7541), and keeps of them what a gRPC call needs.</summary>
internal sealed class ResponseHeaders
{
    private const int TableBytesMax = 4096;
    private const int EntryOverhead = 32;
    private const string StatusName = "grpc-status";
    private const string MessageName = "grpc-message";
    private const string HttpStatusName = ":status";

    // Entries of the static table that a server of gRPC may refer to by value; others by name only.
    private static readonly string[] HttpStatuses = ["200", "204", "206", "304", "400", "404", "500"];
    private readonly List<(string Name, string Value)> _table = [];
    private int _tableBytes;
    private int _tableBytesMax = TableBytesMax;

    /// <summary>Of the block read last; null where it has none.</summary>
    public string? GrpcStatus { get; private set; }

    /// <summary>Of the block read last; null where it has none.</summary>
    public string? GrpcMessage { get; private set; }

    /// <summary>Of the block read last; null where it has none.</summary>
    public string? HttpStatus { get; private set; }

    public void Read(ReadOnlySpan<byte> block)
    {
        (GrpcStatus, GrpcMessage, HttpStatus) = (null, null, null);
        while (!block.IsEmpty)
        {
            var first = block[0];
            if ((first & 0x80) != 0)
            {
                var (name, value) = Entry(Number(ref block, 7));
                Take(name, value);
            }
            else if ((first & 0x40) != 0)
            {
                var (name, value) = Literal(ref block, 6);
                Insert(name, value);
                Take(name, value);
            }
            else if ((first & 0x20) != 0)
            {
                _tableBytesMax = Number(ref block, 5);
                Evict(0);
            }
            else
            {
                var (name, value) = Literal(ref block, 4);
                Take(name, value);
            }
        }
    }

    private void Take(string name, string value)
    {
        switch (name)
        {
            case StatusName: GrpcStatus = value; break;
            case MessageName: GrpcMessage = value; break;
            case HttpStatusName: HttpStatus = value; break;
            default: break;
        }
    }

    private (string Name, string Value) Literal(ref ReadOnlySpan<byte> block, int prefix)
    {
        var index = Number(ref block, prefix);
        var name = index == 0 ? Text(ref block) : Entry(index).Name;
        return (name, Text(ref block));
    }

    private (string Name, string Value) Entry(int index)
    {
        const int StaticEntries = 61;
        if (index > StaticEntries)
        {
            var at = _table.Count - (index - StaticEntries);
            return at >= 0 ? _table[at] : throw new GrpcConnectionException($"no header has index {index}");
        }

        // 8 to 14: the codes of HTTP. No other entry matters to a call.
        return index is >= 8 and <= 14 ? (HttpStatusName, HttpStatuses[index - 8]) : ("", "");
    }

    private void Insert(string name, string value)
    {
        var bytes = name.Length + value.Length + EntryOverhead;
        Evict(bytes);
        if (bytes <= _tableBytesMax)
        {
            _table.Add((name, value));
            _tableBytes += bytes;
        }
    }

    private void Evict(int wanted)
    {
        while (_table.Count > 0 && _tableBytes + wanted > _tableBytesMax)
        {
            _tableBytes -= _table[0].Name.Length + _table[0].Value.Length + EntryOverhead;
            _table.RemoveAt(0);
        }
    }

    private static int Number(ref ReadOnlySpan<byte> block, int prefix)
    {
        var mask = (1 << prefix) - 1;
        var number = block[0] & mask;
        block = block[1..];
        if (number < mask)
        {
            return number;
        }

        for (var shift = 0; ; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            number += (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }
    }

    private static string Text(ref ReadOnlySpan<byte> block)
    {
        var isCoded = (block[0] & 0x80) != 0;
        var length = Number(ref block, 7);
        var bytes = block[..length];
        block = block[length..];
        // The length of what was coded counts in the table, so every character must be known.
        return !isCoded ? Encoding.Latin1.GetString(bytes)
            : HuffmanText.Read(bytes)
                ?? throw new GrpcConnectionException("a header has characters that are not printable ASCII");
    }
}
