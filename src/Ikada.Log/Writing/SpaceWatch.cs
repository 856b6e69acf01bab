using System.Diagnostics.CodeAnalysis;

namespace Ikada.Log.Writing;

/// <summary>Whether the log is out of space: a further segment could not be made, or a batch could not be
/// written in place, as happens where a file system copies on write or a disk is thinly provisioned. Raises
/// the event when that changes.</summary>
internal sealed class SpaceWatch(ILogEvents events)
{
    private BatchOperation? _unwritten;
    private bool _isTriedAgain;
    private bool _lacksSegment;

    /// <summary>Whether it is.</summary>
    public bool IsFull { get; private set; }

    /// <summary>A further segment could not be made, or is there now.</summary>
    public void Segment(bool isLacking)
    {
        _lacksSegment = isLacking;
        Tell();
    }

    /// <summary>A batch could not be written. Nothing is lost: it is kept, and written again as it is, over
    /// what may have got through of it.</summary>
    public void Unwritten(BatchOperation batch)
    {
        (_unwritten, _isTriedAgain) = (batch, false);
        Tell();
    }

    /// <summary>A batch is durable.</summary>
    public void Written(BatchOperation batch)
    {
        if (_unwritten == batch)
        {
            _unwritten = null;
            Tell();
        }
    }

    /// <summary>Takes the batch that is to be written again, unless it is on its way already.</summary>
    public bool TryTakeUnwritten([NotNullWhen(true)] out BatchOperation? batch)
    {
        batch = _isTriedAgain ? null : _unwritten;
        _isTriedAgain |= batch is not null;
        return batch is not null;
    }

    private void Tell()
    {
        var isFull = _lacksSegment || _unwritten is not null;
        if (isFull != IsFull)
        {
            IsFull = isFull;
            events.SpaceChanged(isFull);
        }
    }
}
