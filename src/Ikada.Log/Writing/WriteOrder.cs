namespace Ikada.Log.Writing;

/// <summary>
/// What a log changes on its disk it changes in order, and nothing behind a change that failed: operations
/// that are queued already must not build upon it in the moment before the node stops. What a failed sync
/// leaves in the page cache the next start can read, and a power cut takes. Only for the disk thread.
/// </summary>
internal sealed class WriteOrder
{
    private bool _isBroken;

    /// <summary>A change begins; unless <see cref="End"/> is called it failed.</summary>
    /// <exception cref="DiskException">An earlier one failed.</exception>
    public void Begin(string file)
    {
        if (_isBroken)
        {
            throw new DiskException("change", file, "an earlier change of the log failed");
        }

        _isBroken = true;
    }

    /// <summary>It is done, or will be tried again as it is.</summary>
    public void End() => _isBroken = false;
}
