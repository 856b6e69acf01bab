using System.Buffers;
using System.IO.Hashing;
using Ikada.StateMachine;

namespace Ikada.Simulation.Checkers;

/// <summary>Hashes what a snapshot writes, piece by piece, so that two states are compared without keeping
/// either; hands it on to another writer where there is one.</summary>
internal sealed class StateDigest(IBufferWriter<byte>? next = null) : IBufferWriter<byte>
{
    private const int FirstBytes = 4096;
    private readonly XxHash128 _hash = new();
    private byte[] _buffer = next is null ? new byte[FirstBytes] : [];
    private Memory<byte> _given;

    /// <summary>How many bytes there were.</summary>
    public long Length { get; private set; }

    /// <summary>The hash of all so far.</summary>
    public UInt128 Value => _hash.GetCurrentHashAsUInt128();

    /// <summary>The digest of what a snapshot holds.</summary>
    public static StateDigest Of(IStateSnapshot snapshot)
    {
        var digest = new StateDigest();
        snapshot.WriteTo(digest);
        return digest;
    }

    /// <summary>The digest of bytes.</summary>
    public static StateDigest Of(ReadOnlySequence<byte> bytes)
    {
        var digest = new StateDigest();
        foreach (var piece in bytes)
        {
            digest.Add(piece.Span);
        }

        return digest;
    }

    /// <summary>Whether both saw the same bytes.</summary>
    public bool IsSameAs(StateDigest other) => Length == other.Length && Value == other.Value;

    public void Advance(int count)
    {
        Add(_given.Span[..count]);
        next?.Advance(count);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (next is null && _buffer.Length < sizeHint)
        {
            _buffer = new byte[Math.Max(sizeHint, _buffer.Length * 2)];
        }

        return _given = next?.GetMemory(sizeHint) ?? _buffer;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void Add(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        Length += bytes.Length;
    }
}
