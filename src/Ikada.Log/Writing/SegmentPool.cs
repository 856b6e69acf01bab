using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>
/// The files of segments that are not in use: the next one, prepared ahead in pieces so that batches get in
/// between, and at least one more in reserve: one that was freed, since overwriting blocks that a file has is
/// faster than growing one, or else a new one. Without the reserve the log is full: what is left is for what
/// the protocol must write, and for the head that lets old segments go.
/// </summary>
internal sealed class SegmentPool(IDiskQueue queue, LogOptions options, SpaceWatch space)
{
    private readonly List<string> _free = [];
    private SparePhase _next;
    private SparePhase _reserve;

    // The one in reserve that was made of zeros here; those found or freed hold other bytes.
    private string? _zeros;

    /// <summary>Of all that the log changes on its disk.</summary>
    public WriteOrder Order { get; } = new();

    /// <summary>Whether the log can go on in the next one at once.</summary>
    public bool IsReady => _next == SparePhase.Ready;

    /// <summary>Whether there is one more behind the next: then commands may go on in that.</summary>
    public bool HasReserve => _free.Count > 0;

    private int FreeMax => Math.Max(1, options.FreeSegmentsMax);

    /// <summary>What recovery found.</summary>
    public void Found(bool isReady, IEnumerable<string> free, IEnumerable<string> unfinished)
    {
        _next = isReady ? SparePhase.Ready : SparePhase.Missing;
        _free.AddRange(free);
        while (_free.Count > FreeMax)
        {
            queue.Submit(new FreeOperation(_free[^1], null, Order));
            _free.RemoveAt(_free.Count - 1);
        }

        foreach (var file in unfinished)
        {
            queue.Submit(new FreeOperation(file, null, Order));
        }
    }

    /// <summary>The log goes on in the next one.</summary>
    public void Take() => _next = SparePhase.Missing;

    /// <summary>Begins to prepare what is missing, unless it is under way.</summary>
    public void Start(ulong sequence)
    {
        if (_reserve == SparePhase.Preparing)
        {
            return; // which becomes the next one, if that is missing too
        }

        if (_next == SparePhase.Missing)
        {
            _next = SparePhase.Preparing;
            var file = new SpareFile(
                LogFormat.FreeName(sequence), LogFormat.SegmentName(sequence), options.SegmentBytes);
            if (_free.Count == 0)
            {
                Prepare(file, 0);
                return;
            }

            file = file with { Name = _free[^1] };
            _free.RemoveAt(_free.Count - 1);
            // Of zeros it only wants its name.
            Prepare(file, file.Name == _zeros ? options.SegmentBytes : 0);
            _zeros = null;
        }
        else if (IsReady && !HasReserve && _reserve == SparePhase.Missing)
        {
            _reserve = SparePhase.Preparing;
            Prepare(new SpareFile(LogFormat.FreeName(sequence + 1), null, options.SegmentBytes), 0);
        }
    }

    /// <summary>A piece is done, or there was no space for it.</summary>
    public void Completed(PreparationOperation piece)
    {
        if (!piece.FoundNoSpace && !piece.IsLast)
        {
            Prepare(piece.File, piece.End);
            return;
        }

        var isNext = piece.File.Target is not null;
        var phase = piece.FoundNoSpace ? SparePhase.NoSpace : SparePhase.Ready;
        (_next, _reserve) = isNext ? (phase, _reserve)
            : (_next, piece.FoundNoSpace ? phase : SparePhase.Missing);
        if (phase == SparePhase.Ready && !isNext)
        {
            _zeros = piece.File.Name;
            _free.Add(_zeros);
        }

        if (HasReserve)
        {
            MayTryAgain(); // with one that was freed meanwhile
        }

        Tell();
    }

    /// <summary>Lets it be tried again, where there was no space.</summary>
    public void MayTryAgain()
    {
        _next = _next == SparePhase.NoSpace ? SparePhase.Missing : _next;
        _reserve = _reserve == SparePhase.NoSpace ? SparePhase.Missing : _reserve;
    }

    /// <summary>Puts a segment aside that holds nothing any more.</summary>
    public void Free(ulong sequence)
    {
        string? target = LogFormat.FreeName(sequence);
        if (_free.Count >= FreeMax || _free.Contains(target))
        {
            target = null;
        }
        else
        {
            _free.Add(target); // there by the time anything uses it: operations are done in order
        }

        queue.Submit(new FreeOperation(LogFormat.SegmentName(sequence), target, Order));
        // Whether its file stays or its space comes free.
        MayTryAgain();
        Tell();
    }

    // Full until there is a reserve again: not while it is merely being made.
    private void Tell()
    {
        if (_next == SparePhase.NoSpace || _reserve == SparePhase.NoSpace)
        {
            space.Segment(isLacking: true);
        }
        else if (IsReady && HasReserve)
        {
            space.Segment(isLacking: false);
        }
    }

    private void Prepare(SpareFile file, long offset)
    {
        var bytes = (int)Math.Min(options.PreparationBytes, options.SegmentBytes - offset);
        queue.Submit(new PreparationOperation(file, offset, bytes, Order));
    }
}
