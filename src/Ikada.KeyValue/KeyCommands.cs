namespace Ikada.KeyValue;

/// <summary>A put, decoded in place.</summary>
internal readonly ref struct PutCommand
{
    public const byte PrevKvFlag = 1;
    public const byte IgnoreValueFlag = 2;
    public const byte IgnoreLeaseFlag = 4;
    private const byte AllFlags = PrevKvFlag | IgnoreValueFlag | IgnoreLeaseFlag;
    private readonly byte _flags;

    private PutCommand(byte flags, long lease, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _flags = flags;
        Lease = lease;
        Key = key;
        Value = value;
    }

    public long Lease { get; }

    public ReadOnlySpan<byte> Key { get; }

    public ReadOnlySpan<byte> Value { get; }

    public bool WantsPrevious => (_flags & PrevKvFlag) != 0;

    public bool IgnoresValue => (_flags & IgnoreValueFlag) != 0;

    public bool IgnoresLease => (_flags & IgnoreLeaseFlag) != 0;

    /// <summary>What is wrong with it, whatever the state.</summary>
    public KeyValueError Check() =>
        Key.IsEmpty ? KeyValueError.KeyNotProvided
        : IgnoresValue && !Value.IsEmpty ? KeyValueError.ValueProvided
        : IgnoresLease && Lease != 0 ? KeyValueError.LeaseProvided
        : KeyValueError.None;

    public static bool TryRead(scoped ref ByteReader reader, out PutCommand command)
    {
        command = default;
        if (!reader.TryReadByte(out var flags) || flags > AllFlags
            || !reader.TryReadSigned(out var lease)
            || !reader.TryReadBytes(out var key)
            || !reader.TryReadBytes(out var value)
            || !reader.AtEnd)
        {
            return false;
        }

        command = new PutCommand(flags, lease, key, value);
        return true;
    }
}

/// <summary>A deletion, decoded in place.</summary>
internal readonly ref struct DeleteCommand
{
    public const byte PrevKvFlag = 1;

    private DeleteCommand(bool wantsPrevious, ReadOnlySpan<byte> key, ReadOnlySpan<byte> end)
    {
        WantsPrevious = wantsPrevious;
        Key = key;
        End = end;
    }

    public bool WantsPrevious { get; }

    public ReadOnlySpan<byte> Key { get; }

    public ReadOnlySpan<byte> End { get; }

    public KeyRange Range() => new(Key.ToArray(), End.ToArray());

    public static bool TryRead(scoped ref ByteReader reader, out DeleteCommand command)
    {
        command = default;
        if (!reader.TryReadByte(out var flags) || flags > PrevKvFlag
            || !reader.TryReadBytes(out var key)
            || !reader.TryReadBytes(out var end)
            || !reader.AtEnd)
        {
            return false;
        }

        command = new DeleteCommand(flags == PrevKvFlag, key, end);
        return true;
    }
}
