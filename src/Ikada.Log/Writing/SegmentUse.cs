using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The segments there are, oldest first, and how many entries have their record in each. Those
/// before the one in use are freed in order, once they hold nothing that counts and a later head says
/// so.</summary>
internal sealed class SegmentUse(PendingQueue pending)
{
    private readonly List<Segment> _segments = [];
    private ulong _first;

    /// <summary>How many there are.</summary>
    public int Count => _segments.Count;

    /// <summary>The number of the oldest.</summary>
    public ulong Oldest => _first;

    /// <summary>A segment is there, behind all others; those skipped are missing.</summary>
    public void Begin(ulong sequence)
    {
        if (_segments.Count == 0)
        {
            _first = sequence;
        }

        while (_first + (ulong)_segments.Count < sequence)
        {
            _segments.Add(new Segment { IsMissing = true });
        }

        if (_first + (ulong)_segments.Count == sequence)
        {
            _segments.Add(new Segment());
        }
    }

    /// <summary>An entry has its record there.</summary>
    public void Add(ulong location)
    {
        var segment = At(location);
        segment.Written++;
        segment.Live++;
    }

    /// <summary>The entry is no more, or stands elsewhere. A location of 0 is none.</summary>
    public void Remove(ulong location)
    {
        if (location != 0)
        {
            var segment = At(location);
            segment.Live--;
            if (segment.Live == 0)
            {
                // The record that says so is queued already, or comes next.
                segment.EmptyBehind = pending.Queued + 1;
            }
        }
    }

    /// <summary>Records were taken back: what others are queued for in their place waits with
    /// those.</summary>
    public void Defer()
    {
        foreach (var segment in _segments)
        {
            if (segment.EmptyBehind > pending.Taken)
            {
                segment.EmptyBehind = pending.Queued + 1;
            }
        }
    }

    /// <summary>All that was queued to tell that something is gone stands within the first so many
    /// records.</summary>
    public void Advance(ulong behind)
    {
        foreach (var segment in _segments)
        {
            segment.EmptyBehind = Math.Min(segment.EmptyBehind, behind);
        }
    }

    /// <summary>Takes out the oldest if it can be freed.</summary>
    /// <param name="active">The segment in use. The one before it stays: so a damaged head costs
    /// nothing.</param>
    /// <param name="headBehind">How many records had been built when its head was: those that say what is
    /// gone must be among them, since the head takes the place of the freed ones.</param>
    /// <param name="freed">Its number.</param>
    /// <param name="isMissing">Whether there is no such file.</param>
    public bool TryFree(ulong active, ulong headBehind, out ulong freed, out bool isMissing)
    {
        freed = _first;
        isMissing = false;
        if (!MayFree(active, headBehind))
        {
            return false;
        }

        isMissing = _segments[0].IsMissing;
        _segments.RemoveAt(0);
        _first++;
        return true;
    }

    /// <summary>Whether the oldest can be freed.</summary>
    public bool MayFree(ulong active, ulong headBehind) =>
        _segments.Count > 0 && _first + 2 <= active
        && _segments[0] is { Live: 0 } oldest && oldest.EmptyBehind <= headBehind;

    /// <summary>Finds the oldest segment that holds an entry, if it keeps more than it is worth: from it on
    /// there are more than <paramref name="segmentsMin"/> segments, and over half of them is dead.</summary>
    public bool TryFindHolding(int segmentsMin, out ulong sequence)
    {
        var at = 0;
        while (at < _segments.Count && _segments[at].Live == 0)
        {
            at++;
        }

        sequence = _first + (ulong)at;
        var used = _segments.Count - at;
        if (used <= segmentsMin || used < 3)
        {
            return false;
        }

        var live = 1.0; // the one in use
        for (var i = at; i < _segments.Count - 1; i++)
        {
            live += (double)_segments[i].Live / Math.Max(1, _segments[i].Written);
        }

        return used > 2 * live;
    }

    /// <summary>How many entries have their record in a segment.</summary>
    public int LiveIn(ulong sequence) =>
        sequence < _first || sequence >= _first + (ulong)_segments.Count
            ? 0 : _segments[(int)(sequence - _first)].Live;

    // The location has the low half of the sequence.
    private Segment At(ulong location)
    {
        var at = (int)((uint)(location >> 32) - (uint)_first);
        Invariant.Check(
            at >= 0 && at < _segments.Count,
            $"an entry stands in segment {location >> 32}, but there are {_segments.Count} from {_first} on");
        return _segments[at];
    }

    private sealed class Segment
    {
        public int Written { get; set; }

        public int Live { get; set; }

        /// <summary>The number of the queued record with which the last entry here was gone.</summary>
        public ulong EmptyBehind { get; set; }

        public bool IsMissing { get; init; }
    }
}
