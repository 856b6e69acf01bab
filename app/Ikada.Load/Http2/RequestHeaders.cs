using System.Text;

namespace Ikada.Load.Http2;

/// <summary>
/// The header blocks of requests on one connection (RFC 7541). What a request needs is put into the server's
/// table by the first one that needs it; from then on a block is a byte a header, made once.
/// </summary>
internal sealed class RequestHeaders(string authority, bool isTls)
{
    private const int StaticEntries = 61;
    private const byte MethodPost = 0x83;
    private const byte SchemeHttp = 0x86;
    private const byte SchemeHttps = 0x87;

    // Names in the static table; 0: the name is written out.
    private const int PathName = 4;
    private const int AuthorityName = 1;
    private const int ContentTypeName = 31;

    private readonly List<string> _entries = [];
    private readonly Dictionary<GrpcMethod, byte[]> _blocks = [];

    /// <summary>The block of the next request, which must be sent before the next one is asked for.</summary>
    public byte[] Of(GrpcMethod method)
    {
        if (_blocks.TryGetValue(method, out var block))
        {
            return block;
        }

        var before = _entries.Count;
        block = Make(method);
        if (_entries.Count == before)
        {
            _blocks.Add(method, block);
        }
        else
        {
            // The newest entry has the lowest index: all others have moved.
            _blocks.Clear();
        }

        return block;
    }

    private byte[] Make(GrpcMethod method)
    {
        var block = new List<byte> { MethodPost, isTls ? SchemeHttps : SchemeHttp };
        Add(block, PathName, "", method.Path);
        Add(block, AuthorityName, "", authority);
        Add(block, ContentTypeName, "", "application/grpc");
        Add(block, 0, "te", "trailers");
        return [.. block];
    }

    private void Add(List<byte> block, int name, string text, string value)
    {
        var at = _entries.IndexOf(value);
        if (at >= 0)
        {
            block.Add((byte)(0x80 | (StaticEntries + _entries.Count - at)));
            return;
        }

        block.Add((byte)(0x40 | name));
        if (name == 0)
        {
            AddText(block, text);
        }

        AddText(block, value);
        _entries.Add(value);
    }

    private static void AddText(List<byte> block, string text)
    {
        // Seven bits of length: a host name of more would need a longer form.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, 126);
        block.Add((byte)text.Length);
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }
}
