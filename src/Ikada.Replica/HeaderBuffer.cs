using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Makes the headers that consensus sees of entries, in an array that is reused: valid until the
/// next call.</summary>
internal sealed class HeaderBuffer
{
    private EntryHeader[] _headers = new EntryHeader[64];

    public ReadOnlySpan<EntryHeader> Of(ReadOnlySpan<LogEntry> entries)
    {
        var headers = Take(entries.Length);
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = entries[i];
            headers[i] = new EntryHeader(
                entry.Term, entry.Kind, entry.Body.Length,
                DecodeMembership(entry.Index, entry.Kind, entry.Body));
        }

        return headers;
    }

    public ReadOnlySpan<EntryHeader> OfCommands(ReadOnlySpan<Proposal> proposals)
    {
        var headers = Take(proposals.Length);
        for (var i = 0; i < proposals.Length; i++)
        {
            headers[i] = new EntryHeader(default, EntryKind.Command, proposals[i].Command.Length);
        }

        return headers;
    }

    public ReadOnlySpan<EntryHeader> OfCommands(ReadOnlySpan<ReadOnlyMemory<byte>> bodies)
    {
        var headers = Take(bodies.Length);
        for (var i = 0; i < bodies.Length; i++)
        {
            headers[i] = new EntryHeader(default, EntryKind.Command, bodies[i].Length);
        }

        return headers;
    }

    /// <summary>The membership in an entry of that kind; null for others.</summary>
    public static Membership? DecodeMembership(LogIndex index, EntryKind kind, ReadOnlyMemory<byte> body)
    {
        if (kind != EntryKind.Membership)
        {
            return null;
        }

        // Its checksum was verified: whoever made it wrote it wrong.
        var decoded = Membership.TryDecode(body.Span, out var membership);
        Invariant.Check(decoded, $"membership entry {index} cannot be decoded, {body.Length} bytes");
        return membership;
    }

    private Span<EntryHeader> Take(int count)
    {
        if (_headers.Length < count)
        {
            _headers = new EntryHeader[Math.Max(count, _headers.Length * 2)];
        }

        return _headers.AsSpan(0, count);
    }
}
