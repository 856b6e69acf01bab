using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>The files of segments that are not in use: the next one, prepared ahead in pieces so that batches
/// get in between, and a few that were freed, to be used again: overwriting blocks that a file has is faster
/// than growing one.</summary>
internal sealed class SegmentPool(IDiskQueue queue, LogOptions options)
{
    private readonly List<string> _free = [];
    private SparePhase _phase;

    /// <summary>Whether the log can go on in the next one at once.</summary>
    public bool IsReady => _phase == SparePhase.Ready;

    /// <summary>What recovery found.</summary>
    public void Found(bool isReady, IEnumerable<string> free)
    {
        _phase = isReady ? SparePhase.Ready : SparePhase.Missing;
        _free.AddRange(free);
        while (_free.Count > options.FreeSegmentsMax)
        {
            queue.Submit(new FreeOperation(_free[^1], null));
            _free.RemoveAt(_free.Count - 1);
        }
    }

    /// <summary>The log goes on in the next one.</summary>
    public void Take() => _phase = SparePhase.Missing;

    /// <summary>Begins to prepare one, unless it is there or under way.</summary>
    public void Start(ulong sequence)
    {
        if (_phase != SparePhase.Missing)
        {
            return;
        }

        _phase = SparePhase.Preparing;
        var file = LogFormat.FreeName(sequence);
        if (_free.Count > 0)
        {
            file = _free[^1];
            _free.RemoveAt(_free.Count - 1);
        }

        Prepare(new SpareFile(file, LogFormat.SegmentName(sequence), options.SegmentBytes), 0);
    }

    /// <summary>A piece is done.</summary>
    public void Completed(PreparationOperation piece)
    {
        if (piece.IsLast)
        {
            _phase = SparePhase.Ready;
        }
        else
        {
            Prepare(piece.File, piece.End);
        }
    }

    /// <summary>Puts a segment aside that holds nothing any more.</summary>
    public void Free(ulong sequence)
    {
        string? target = LogFormat.FreeName(sequence);
        if (_free.Count >= options.FreeSegmentsMax || _free.Contains(target))
        {
            target = null;
        }
        else
        {
            _free.Add(target); // there by the time anything uses it: operations are done in order
        }

        queue.Submit(new FreeOperation(LogFormat.SegmentName(sequence), target));
    }

    private void Prepare(SpareFile file, long offset)
    {
        var bytes = (int)Math.Min(options.PreparationBytes, options.SegmentBytes - offset);
        queue.Submit(new PreparationOperation(file, offset, bytes));
    }
}
