using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue;

/// <summary>
/// A snapshot: magic, format version, state, published members, every version of every key in the order of
/// the store, a mark of the end, CRC-32C of all before it. docs/internals/key-value.md gives every byte.
/// </summary>
/// <param name="view">The snapshot's own: disposed with it.</param>
internal sealed class KeyValueSnapshot(KeyValueView view) : IStateSnapshot, IDisposable
{
    public const byte FormatVersion = 2;
    public const byte MemberMark = 1;
    public const byte VersionMark = 2;
    public const byte LeaseMark = 3;
    public const byte AlarmsMark = 16;
    public const byte MigrationMark = 17;
    public const byte EndMark = 0;

    // In no snapshot.
    private const byte ScrubMark = 255;
    private uint _checksum;

    public static ReadOnlySpan<byte> Magic => "IKADA-KV"u8;

    public LogIndex AppliedIndex => view.AppliedIndex;

    public void Dispose() => view.Dispose();

    public void WriteTo(IBufferWriter<byte> writer)
    {
        _checksum = 0;
        Write(writer, Magic);
        Write(writer, [FormatVersion]);
        Write(writer, view.State.Encode());
        WriteSpace(writer, MemberMark, KeyLayout.MemberPrefix, KeyLayout.MemberEnd);
        WriteSpace(writer, AlarmsMark, KeyLayout.AlarmsKey, KeyLayout.AlarmsEnd);
        WriteVersions(writer);
        WriteSpace(writer, LeaseMark, [KeyLayout.LeaseSpace], KeyLayout.EndOf(KeyLayout.LeaseSpace));
        WriteSpace(writer, MigrationMark, KeyLayout.MigrationKey, KeyLayout.MigrationEnd);
        Write(writer, [EndMark]);
        var checksum = writer.GetSpan(4);
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, _checksum);
        writer.Advance(4);
    }

    /// <summary>The snapshot, and what a restore makes of it: what reads and watches look at must be found
    /// when it has changed, too. Left out is what a compaction has outdated, of which the replicas have
    /// removed more or less.</summary>
    public void ScrubTo(IBufferWriter<byte> writer)
    {
        WriteTo(writer);
        WriteSpace(writer, ScrubMark, KeyLayout.StateKey, [.. KeyLayout.StateKey, 0]);
        WriteSpace(writer, ScrubMark, [KeyLayout.CurrentSpace], KeyLayout.EndOf(KeyLayout.CurrentSpace));
        WriteSpace(
            writer, ScrubMark, KeyLayout.Change(view.CompactedRevision, 0),
            KeyLayout.EndOf(KeyLayout.ChangeSpace));
        WriteSpace(writer, ScrubMark, [KeyLayout.LeasedKeySpace], KeyLayout.EndOf(KeyLayout.LeasedKeySpace));
        WriteSpace(writer, ScrubMark, [KeyLayout.RenewalSpace], KeyLayout.EndOf(KeyLayout.RenewalSpace));
    }

    private void WriteSpace(
        IBufferWriter<byte> writer, byte mark, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var cursor = view.Ordered.OpenSweep();
        for (var more = cursor.Seek(from); more; more = cursor.MoveNext())
        {
            var key = cursor.Key.Span;
            if (key.SequenceCompareTo(to) >= 0)
            {
                break;
            }

            WriteItem(writer, mark, key, cursor.Value.Span);
        }
    }

    /// <summary>Only what compactions have left: so the same state gives the same bytes, however far the
    /// removal is.</summary>
    private void WriteVersions(IBufferWriter<byte> writer)
    {
        var versions = new VersionReader(view.Ordered, view.CompactedRevision);
        while (versions.MoveNext())
        {
            WriteItem(writer, VersionMark, versions.Place.Span, versions.Record.Span);
        }
    }

    private void WriteItem(
        IBufferWriter<byte> writer, byte mark, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var length = 1 + ByteWriter.LengthOfBytes(key) + ByteWriter.LengthOfBytes(value);
        var target = writer.GetSpan(length)[..length];
        var item = new ByteWriter(target);
        item.WriteByte(mark);
        item.WriteBytes(key);
        item.WriteBytes(value);
        _checksum = Crc32C.Append(_checksum, target);
        writer.Advance(length);
    }

    private void Write(IBufferWriter<byte> writer, ReadOnlySpan<byte> bytes)
    {
        _checksum = Crc32C.Append(_checksum, bytes);
        writer.Write(bytes);
    }
}
