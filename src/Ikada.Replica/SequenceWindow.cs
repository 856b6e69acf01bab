namespace Ikada.Replica;

/// <summary>Which numbers of an origin were taken: each at most once, and none older than the
/// window.</summary>
internal sealed class SequenceWindow(int size)
{
    private readonly ulong[] _bits = new ulong[size / 64];
    private ulong _highest;

    /// <summary>Takes a number; false if it was taken before or is too old to know.</summary>
    public bool TryTake(ulong sequence)
    {
        var width = (ulong)_bits.Length * 64;
        if (sequence > _highest)
        {
            if (sequence - _highest >= width)
            {
                Array.Clear(_bits);
            }
            else
            {
                for (var passed = _highest + 1; passed < sequence; passed++)
                {
                    Clear(passed % width);
                }
            }

            _highest = sequence;
            Set(sequence % width);
            return true;
        }

        if (_highest - sequence >= width || IsSet(sequence % width))
        {
            return false;
        }

        Set(sequence % width);
        return true;
    }

    private bool IsSet(ulong bit) => (_bits[bit / 64] >> (int)(bit % 64) & 1) != 0;

    private void Set(ulong bit) => _bits[bit / 64] |= 1UL << (int)(bit % 64);

    private void Clear(ulong bit) => _bits[bit / 64] &= ~(1UL << (int)(bit % 64));
}
