namespace Ikada.KeyValue.RocksDb;

/// <summary>Reads a range of a snapshot by one iterator, which RocksDB ends at the end of the range: to make
/// one costs as much as tens of keys, since each file has to be looked up.</summary>
internal static unsafe class RangeWalk
{
    /// <summary>Gives entries to <paramref name="sink"/> until it wants no more, then counts.</summary>
    /// <param name="snapshot">In use by the caller.</param>
    /// <param name="from">The first key.</param>
    /// <param name="to">The first key behind the range.</param>
    /// <param name="sink">Takes the entries; null: they are only counted.</param>
    /// <param name="wantsCount">Whether to go on behind what the sink takes.</param>
    public static long Read(
        RocksSnapshot snapshot, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, IRangeSink? sink,
        bool wantsCount)
    {
        if (from.SequenceCompareTo(to) >= 0)
        {
            return 0;
        }

        // The end is not empty, and stays where it is until the iterator is gone.
        fixed (byte* end = to)
        {
            var options = Rocks.CreateReadOptions();
            Rocks.SetSnapshot(options, snapshot.Raw);
            Rocks.SetUpperBound(options, end, (nuint)to.Length);
            var iterator = Rocks.CreateIterator(snapshot.Database.Raw, options);
            try
            {
                Portion.Seek(iterator, from);
                var count = sink is null ? 0 : Give(iterator, sink);
                while (wantsCount && Rocks.IsValid(iterator) != 0)
                {
                    count++;
                    Rocks.MoveNext(iterator);
                }

                Portion.ThrowIfFailed(iterator);
                return count;
            }
            finally
            {
                Rocks.DestroyIterator(iterator);
                Rocks.DestroyReadOptions(options);
            }
        }
    }

    private static long Give(nint iterator, IRangeSink sink)
    {
        var copies = new Copies();
        var count = 0L;
        for (var wantsMore = true; wantsMore && Rocks.IsValid(iterator) != 0; count++)
        {
            var key = copies.Of(Portion.Key(iterator));
            wantsMore = sink.Take(key, copies.Of(Portion.Value(iterator)));
            Rocks.MoveNext(iterator);
        }

        return count;
    }

    /// <summary>Copies bytes into arrays that many share: one for each key and value would cost more than the
    /// copying. The first arrays are small, since most ranges are.</summary>
    private struct Copies
    {
        private const int BytesMin = 512;
        private const int BytesMax = 32 << 10;
        private byte[] _array;
        private int _used;

        public ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> bytes)
        {
            _array ??= [];
            if (bytes.Length > _array.Length - _used)
            {
                var length = Math.Clamp(_array.Length * 2, BytesMin, BytesMax);
                _array = GC.AllocateUninitializedArray<byte>(Math.Max(length, bytes.Length));
                _used = 0;
            }

            var copy = _array.AsMemory(_used, bytes.Length);
            bytes.CopyTo(copy.Span);
            _used += bytes.Length;
            return copy;
        }
    }
}
