using Ikada.Log.Format;
using Ikada.Log.Recovery;
using Ikada.Primitives;

namespace Ikada.Log.Inspection;

/// <summary>Shows what stands in the segment files, place by place. It judges nothing: what a start makes of
/// it only the recovery knows (see <see cref="OverlayDisk"/>).</summary>
public static class LogContents
{
    private const int WindowBytes = 64 << 10;

    /// <summary>Visits all segments in order. Reads only.</summary>
    /// <exception cref="FormatVersionException">A segment is in a format of a newer version.</exception>
    /// <exception cref="DiskException">The disk could not be read.</exception>
    public static void Visit(IDisk disk, ILogVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(visitor);
        var segments = new List<SegmentInUse>();
        foreach (var name in disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out var sequence))
            {
                HeadReader.TryRead(new FileWindow(disk, name, WindowBytes), sequence, out var head);
                segments.Add(new SegmentInUse(sequence, head));
            }
        }

        for (var i = 0; i < segments.Count; i++)
        {
            var next = i + 1 < segments.Count ? segments[i + 1] : null;
            var follows = next is not null && next.Sequence == segments[i].Sequence + 1;
            var segment = segments[i] with { Successor = follows ? next!.Head : null };
            new SegmentTour(disk, segment, visitor).Run();
        }
    }

    private sealed class SegmentTour(IDisk disk, SegmentInUse segment, ILogVisitor visitor)
    {
        private readonly SegmentReader _reader = new(disk, segment, null);

        public void Run()
        {
            var contentEnd = _reader.File.EndOfContent(0);
            var end = Math.Min(
                _reader.File.Length,
                segment.Successor?.PredecessorEnd ?? LogFormat.AlignSector((int)contentEnd));
            long at = 0;
            if (segment.Head is { } head)
            {
                at = head.FirstBatchOffset;
                visitor.Segment(Seen(head));
            }
            else
            {
                visitor.Segment(new SegmentSeen(segment.Name, segment.Sequence, _reader.File.Length));
            }

            while (at < end)
            {
                at = _reader.TryHeader(at, out var header) && at + header.BatchBytes <= end
                    ? ShowBatch(at, header)
                    : ShowHole(at, end);
            }
        }

        private SegmentSeen Seen(SegmentHead head) =>
            new(segment.Name, segment.Sequence, _reader.File.Length)
            {
                HasHead = true,
                HeadBytes = head.FirstBatchOffset,
                UseId = head.UseId,
                Node = head.Node,
                Cluster = head.Cluster,
                Incarnation = head.Incarnation,
                PredecessorEndBytes = head.PredecessorEnd,
                Groups = Array.ConvertAll(head.Groups, static group => new GroupSeen(
                    group.Group, group.HardState, group.Last)
                {
                    Base = group.Base, IsUnsure = group.IsUnsure, LostHardState = group.LostHardState,
                }),
            };

        private long ShowHole(long at, long end)
        {
            var next = _reader.FindHeader(at + LogFormat.SectorBytes, end);
            var until = next < 0 ? end : next;
            visitor.Unreadable(segment.Name, at, until, "there is no readable batch header");
            return until;
        }

        private long ShowBatch(long at, in BatchHeader header)
        {
            var bytes = _reader.File.Get(at, header.BatchBytes).Span;
            var fault = BatchReader.Verify(bytes, header, out _);
            var groups = new GroupSeen[header.HasTable(bytes) ? header.Groups : 0];
            for (var i = 0; i < groups.Length; i++)
            {
                var line = BatchHeader.GroupAt(bytes, i);
                groups[i] = new GroupSeen(line.Group, line.HardState, line.Last);
            }

            visitor.Batch(new BatchSeen(
                segment.Name, at, header.BatchBytes, header.Records, header.SyncedUpTo)
            {
                Groups = groups, Fault = fault,
            });
            var end = header.RecordsOffset + header.RecordBytes;
            var chain = BatchHeader.ChainAfter(header.Chain, bytes);
            var records = new List<BatchRecord>();
            var stop = RecordWalk.Forward(
                bytes, header.RecordsOffset, end, header.Records, ref chain, records);
            foreach (var record in records)
            {
                Show(at, record, bytes);
            }

            if (stop < end)
            {
                visitor.Unreadable(segment.Name, at + stop, at + end, "the record does not fit the chain");
            }

            return at + header.BatchBytes;
        }

        private static Membership? MembershipOf(in BatchRecord record, ReadOnlySpan<byte> bytes)
        {
            var header = record.Header;
            var holdsOne = header.Kind == RecordKind.Base
                || (RecordHeader.IsEntry(header.Kind) && header.EntryKind == EntryKind.Membership);
            return holdsOne && record.IsWhole && Membership.TryDecode(
                bytes.Slice(record.Offset + RecordHeader.Bytes, header.BodyBytes), out var membership)
                ? membership : null;
        }

        private void Show(long batch, in BatchRecord record, ReadOnlySpan<byte> bytes)
        {
            var header = record.Header;
            var isVote = header.Kind == RecordKind.HardState && record.IsWhole;
            visitor.Record(new RecordSeen(
                segment.Name, batch + record.Offset, header.Kind.ToString(), header.Group,
                new LogPosition(header.Index, header.Term), header.BodyBytes)
            {
                IsEntry = RecordHeader.IsEntry(header.Kind),
                EntryKind = header.EntryKind,
                IsWhole = record.IsWhole,
                Membership = MembershipOf(record, bytes),
                Vote = isVote ? RecordHeader.VoteOf(bytes[(record.Offset + RecordHeader.Bytes)..]) : default,
            });
        }
    }
}
