namespace Ikada.KeyValue;

/// <summary>Which leases there are, and which keys are attached to each.</summary>
internal static class LeaseTable
{
    /// <summary>None where <paramref name="lease"/> may be put with: it exists, or is 0.</summary>
    public static KeyValueError Check(long lease, IOrderedView view) =>
        lease == 0 || view.TryGet(KeyLayout.Lease(lease), out _) ? KeyValueError.None
            : KeyValueError.LeaseNotFound;

    /// <summary>Moves a key from one lease to another; 0 is none.</summary>
    public static void Move(IOrderedBatch batch, ReadOnlySpan<byte> key, long from, long to)
    {
        if (from == to)
        {
            return;
        }

        if (from != 0)
        {
            batch.Remove(KeyLayout.LeasedKey(from, key));
        }

        if (to != 0)
        {
            batch.Put(KeyLayout.LeasedKey(to, key), []);
        }
    }
}
