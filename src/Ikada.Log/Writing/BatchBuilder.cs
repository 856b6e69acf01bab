using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>Encodes a planned batch.</summary>
internal sealed class BatchBuilder(BatchPlan plan)
{
    private readonly BatchBuffer _buffer = new();

    /// <summary>Encodes the batch at the position of <paramref name="segment"/> and moves that past
    /// it.</summary>
    public List<ReadOnlyMemory<byte>> Build(PendingQueue pending, ActiveSegment segment, ulong batch)
    {
        _buffer.Reset();
        Advance(pending);
        var header = _buffer.Take(plan.RecordsOffset);
        for (var i = 0; i < plan.Groups.Count; i++)
        {
            plan.Groups[i].Built.Encode(header[(BatchHeader.FixedBytes + (i * BatchHeader.GroupBytes))..]);
        }

        var chain = new BatchHeader
        {
            BatchBytes = plan.BatchBytes,
            Records = plan.Records,
            Groups = plan.Groups.Count,
            TableChecksum = Crc32C.Compute(header[BatchHeader.FixedBytes..]),
            Sequence = segment.Head.Sequence,
            UseId = segment.Head.UseId,
            Offset = segment.Position,
            SyncedUpTo = segment.Position, // one batch under way at a time
            Chain = segment.Chain,
            RecordBytes = plan.RecordBytes,
        }.Encode(header);
        chain = WriteStream(pending, segment, batch, chain);
        chain = WriteHardStates(segment, chain);
        var trailer = new FieldWriter(_buffer.Take(BatchHeader.TrailerBytes));
        trailer.UInt32(BatchHeader.TrailerMagic);
        trailer.UInt32(chain);
        _buffer.Take(LogFormat.AlignSector(_buffer.Length) - _buffer.Length);
        Invariant.Check(
            _buffer.Length == plan.BatchBytes,
                $"a batch of {_buffer.Length} bytes was planned as {plan.BatchBytes}");
        segment.Position += _buffer.Length;
        segment.Chain = chain;
        return _buffer.Finish();
    }

    /// <summary>Brings what the groups say of themselves to the end of the batch.</summary>
    private void Advance(PendingQueue pending)
    {
        for (var i = 0; i < plan.Count; i++)
        {
            var record = pending[i];
            if (record.Group is not { } group)
            {
                continue;
            }

            var built = group.Built;
            group.Built = record.Kind switch
            {
                RecordKind.Entry => built with { Last = record.Entry.Position },
                RecordKind.Truncation => built with
                {
                    Last = new LogPosition(record.Entry.Index.Previous, new Term(record.Generation)),
                },
                RecordKind.Base => built with { Last = record.Entry.Position },
                RecordKind.Compaction when built.Last.Index == record.Entry.Index =>
                    built with { Last = record.Entry.Position }, // its term may have been lost
                RecordKind.HardState => built with
                {
                    HardState = built.HardState with { Term = record.Entry.Term, Vote = record.Vote },
                },
                _ => built,
            };
            if (record.Kind is RecordKind.Base or RecordKind.Compaction)
            {
                group.BuiltBase = new RecordedBase(record.Entry.Position, record.Entry.Body);
            }
        }

        foreach (var group in plan.Groups)
        {
            // A commit index beyond what this batch makes durable would look like lost entries after a crash.
            var built = group.Built;
            var commit = LogIndex.Min(group.NotedCommit, built.Last.Index);
            group.Built = built with
            {
                HardState = built.HardState with { Commit = LogIndex.Max(commit, built.HardState.Commit) },
            };
        }
    }

    private uint WriteStream(PendingQueue pending, ActiveSegment segment, ulong batch, uint chain)
    {
        var start = segment.Position;
        for (var i = 0; i < plan.Count; i++)
        {
            var record = pending[i];
            if (record.StreamBytes == 0)
            {
                continue;
            }

            var entry = record.Entry;
            var location = ActiveSegment.Locate(segment.Head.Sequence, start + _buffer.Length);
            if (record.Kind == RecordKind.Entry)
            {
                record.Group!.Entries.Record(entry, location, batch, record.Generation);
            }
            else if (record.Kind == RecordKind.RewrittenForward)
            {
                record.Group!.Entries.Held.RecordRepair(entry, location, batch);
            }

            var header = new RecordHeader(
                record.Kind, entry.Kind, entry.Version, entry.Body.Length,
                record.Group?.Group ?? default, entry.Index, entry.Term, entry.Checksum);
            chain = header.Encode(_buffer.Take(RecordHeader.Bytes), entry.Body.Span, chain);
            _buffer.AddBody(entry.Body);
        }

        return chain;
    }

    private uint WriteHardStates(ActiveSegment segment, uint chain)
    {
        if (plan.PaddingBytes is > 0 and var padding)
        {
            var body = padding - RecordHeader.Bytes;
            var header = new RecordHeader(
                RecordKind.Padding, default, 0, body, default, default, default, 0);
            var bytes = _buffer.Take(padding);
            chain = header.Encode(bytes, bytes[RecordHeader.Bytes..], chain);
        }

        foreach (var group in plan.HardStates)
        {
            var offset = segment.Position + _buffer.Length;
            var bytes = _buffer.Take(RecordHeader.Bytes + RecordHeader.HardStateBodyBytes);
            var body = bytes[RecordHeader.Bytes..];
            var state = group.Built.HardState;
            RecordHeader.EncodeHardStateBody(
                body, state.Vote, segment.Head.Sequence, segment.Head.UseId, offset);
            var header = new RecordHeader(
                RecordKind.HardState, default, 0, RecordHeader.HardStateBodyBytes, group.Group, state.Commit,
                    state.Term, 0);
            chain = header.Encode(bytes, body, chain);
        }

        return chain;
    }
}
