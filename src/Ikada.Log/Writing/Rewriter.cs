using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>
/// Writes entries forward that keep an old segment from being freed: those of groups that compact late or
/// never, while others fill segment after segment. A piece at a time, and the next only when the last one is
/// durable: so it takes a bounded part of the disk. A log that is mostly alive is left as it is.
/// </summary>
internal sealed class Rewriter(
    SortedDictionary<GroupId, GroupLog> groups, SegmentUse use, PendingQueue pending, IDiskQueue queue,
        LogOptions options)
{
    private const int BytesMax = 256 << 10;
    private const int EntriesMax = 1024;
    private const int LooksMax = 64 << 10;
    private ulong _segment;
    private GroupId _group;
    private LogIndex _next;
    private ulong _behind;
    private bool _isReading;

    /// <summary>A further segment is in use: which one to clear is decided anew.</summary>
    public void Decide() =>
        _segment = use.TryFindHolding(options.SegmentsBeforeRewrite, out var found) ? found : 0;

    /// <summary>Goes on with the next piece.</summary>
    /// <param name="durable">How many queued records are durable.</param>
    public void GoOn(ulong durable)
    {
        if (_segment == 0 || _isReading || durable < _behind)
        {
            return;
        }

        if (use.LiveIn(_segment) == 0)
        {
            Decide();
        }

        if (_segment != 0 && TryFind(out var group, out var first, out var locations))
        {
            _isReading = true;
            _group = group.Group;
            _next = first + (ulong)locations.Length;
            var read = new ReadOperation(group, first, first + (ulong)(locations.Length - 1), BytesMax, 0)
            {
                Locations = locations, IsRewriting = true,
            };
            group.Entries.Reads.Add(read);
            queue.Submit(read);
        }
    }

    /// <summary>A piece was read: what still stands where it stood is queued. One that was removed meanwhile
    /// changes nothing.</summary>
    public void Completed(ReadOperation read)
    {
        _isReading = false;
        if (read.IsVoid)
        {
            return;
        }

        for (var i = 0; i < read.Entries.Count; i++)
        {
            pending.Add(new PendingRecord(
                RecordKind.RewrittenForward, read.Group, read.Entries[i], default, 0));
        }

        _next = read.First + (ulong)read.Entries.Count;
        _behind = pending.Queued;
    }

    // Looks for entries that stand in the segment, from where the last search ended, around once.
    private bool TryFind(out GroupLog group, out LogIndex first, out ulong[] locations)
    {
        var looks = LooksMax;
        foreach (var candidate in groups.Values)
        {
            if (candidate.Group < _group)
            {
                continue;
            }

            var from = candidate.Group == _group ? _next : LogIndex.Zero;
            first = candidate.Entries.Held.FindIn(_segment, from, EntriesMax, ref looks, out locations);
            if (locations.Length > 0)
            {
                group = candidate;
                return true;
            }

            if (looks <= 0)
            {
                (_group, _next, group) = (candidate.Group, first, candidate);
                return false;
            }
        }

        (_group, _next, group, first, locations) = (default, default, null!, default, []);
        return false;
    }
}
