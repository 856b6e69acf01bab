using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>The segment after the one in use, prepared ahead in pieces, so that batches get in
/// between.</summary>
internal sealed class SpareSegment(IDiskQueue queue, LogOptions options, SpaceWatch space)
{
    private SparePhase _phase;

    /// <summary>Whether the log can go on in it at once.</summary>
    public bool IsReady => _phase == SparePhase.Ready;

    /// <summary>Recovery left one ready.</summary>
    public void Found() => _phase = SparePhase.Ready;

    /// <summary>The log goes on in it.</summary>
    public void Take() => _phase = SparePhase.Missing;

    /// <summary>Begins to prepare one, unless it is there or under way.</summary>
    public void Start(ulong sequence)
    {
        if (_phase == SparePhase.Missing)
        {
            _phase = SparePhase.Preparing;
            Prepare(LogFormat.SegmentName(sequence), 0);
        }
    }

    /// <summary>A piece is done.</summary>
    public void Completed(PreparationOperation piece)
    {
        if (piece.FoundNoSpace)
        {
            _phase = SparePhase.NoSpace;
            space.Segment(isLacking: true);
        }
        else if (piece.IsLast)
        {
            _phase = SparePhase.Ready;
            space.Segment(isLacking: false);
        }
        else
        {
            Prepare(piece.File, piece.End);
        }
    }

    /// <summary>Lets it be tried again, if there was no space.</summary>
    public void MayTryAgain()
    {
        if (_phase == SparePhase.NoSpace)
        {
            _phase = SparePhase.Missing;
        }
    }

    private void Prepare(string file, long offset)
    {
        var bytes = (int)Math.Min(options.PreparationBytes, options.SegmentBytes - offset);
        queue.Submit(new PreparationOperation(file, offset, bytes, options.SegmentBytes));
    }
}
