using System.Buffers;
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

    public static ReadOnlySpan<byte> Magic => "IKADA-KV"u8;

    public LogIndex AppliedIndex => view.AppliedIndex;

    public void Dispose() => view.Dispose();

    public void WriteTo(IBufferWriter<byte> writer) => WriteTo(new SnapshotWriter(writer));

    /// <summary>The snapshot, and what a restore makes of it: what reads and watches look at must be found
    /// when it has changed, too. Left out is what a compaction has outdated, of which the replicas have
    /// removed more or less.</summary>
    public void ScrubTo(IBufferWriter<byte> writer)
    {
        var snapshot = new SnapshotWriter(writer);
        WriteTo(snapshot);
        WriteSpace(snapshot, ScrubMark, KeyLayout.StateKey, [.. KeyLayout.StateKey, 0]);
        WriteSpace(snapshot, ScrubMark, [KeyLayout.CurrentSpace], KeyLayout.EndOf(KeyLayout.CurrentSpace));
        WriteSpace(
            snapshot, ScrubMark, KeyLayout.Change(view.CompactedRevision, 0),
            KeyLayout.EndOf(KeyLayout.ChangeSpace));
        WriteSpace(
            snapshot, ScrubMark, [KeyLayout.LeasedKeySpace], KeyLayout.EndOf(KeyLayout.LeasedKeySpace));
        WriteSpace(snapshot, ScrubMark, [KeyLayout.RenewalSpace], KeyLayout.EndOf(KeyLayout.RenewalSpace));
    }

    private void WriteTo(SnapshotWriter snapshot)
    {
        snapshot.Begin(view.State);
        WriteSpace(snapshot, MemberMark, KeyLayout.MemberPrefix, KeyLayout.MemberEnd);
        WriteSpace(snapshot, AlarmsMark, KeyLayout.AlarmsKey, KeyLayout.AlarmsEnd);
        WriteVersions(snapshot);
        WriteSpace(snapshot, LeaseMark, [KeyLayout.LeaseSpace], KeyLayout.EndOf(KeyLayout.LeaseSpace));
        WriteSpace(snapshot, MigrationMark, KeyLayout.MigrationKey, KeyLayout.MigrationEnd);
        snapshot.End();
    }

    private void WriteSpace(
        SnapshotWriter snapshot, byte mark, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        var cursor = view.Ordered.OpenSweep();
        for (var more = cursor.Seek(from); more; more = cursor.MoveNext())
        {
            var key = cursor.Key.Span;
            if (key.SequenceCompareTo(to) >= 0)
            {
                break;
            }

            snapshot.Item(mark, key, cursor.Value.Span);
        }
    }

    /// <summary>Only what compactions have left: so the same state gives the same bytes, however far the
    /// removal is.</summary>
    private void WriteVersions(SnapshotWriter snapshot)
    {
        var versions = new VersionReader(view.Ordered, view.CompactedRevision);
        while (versions.MoveNext())
        {
            snapshot.Item(VersionMark, versions.Place.Span, versions.Record.Span);
        }
    }
}
