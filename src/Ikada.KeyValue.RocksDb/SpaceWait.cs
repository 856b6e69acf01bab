namespace Ikada.KeyValue.RocksDb;

/// <summary>Waits for space on a full disk, until the node stops.</summary>
internal sealed class SpaceWait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private readonly object _gate = new();
    private bool _isGivenUp;

    /// <summary>From now on nobody waits any more.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            _isGivenUp = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits a while. False: it was given up.</summary>
    public bool TryAgain()
    {
        lock (_gate)
        {
            if (!_isGivenUp)
            {
                Monitor.Wait(_gate, Interval);
            }

            return !_isGivenUp;
        }
    }

    /// <summary>Does what may be done again, until the disk has room for it.</summary>
    public void Do(Action work)
    {
        while (true)
        {
            try
            {
                work();
                return;
            }
            catch (IOException full) when (RocksDbException.IsNoSpace(full.Message))
            {
                if (!TryAgain())
                {
                    throw;
                }
            }
        }
    }
}
