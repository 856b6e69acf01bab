using System.Buffers.Binary;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire.Tests;

public sealed class MutationTests
{
    [Theory]
    [InlineData("hello")]
    [InlineData("reject")]
    [InlineData("ask")]
    [InlineData("tell")]
    [InlineData(nameof(MessageType.Vote))]
    [InlineData(nameof(MessageType.Append))]
    [InlineData(nameof(MessageType.ForwardProposal))]
    public void Every_truncation_is_incomplete_and_every_flipped_bit_is_refused(string name)
    {
        var bytes = Samples.ByName(name);
        Assert.Equal(WireErrorKind.None, Samples.Read(bytes).Kind);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(WireErrorKind.Incomplete, Samples.Read(bytes.AsSpan(0, length)).Kind);
        }

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var kind = Samples.Read(bytes).Kind;
            Assert.False(
                kind is WireErrorKind.None or WireErrorKind.Incomplete,
                $"bit {bit} of {name} flipped gave {kind}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("reject")]
    [InlineData("ask")]
    [InlineData("tell")]
    [InlineData(nameof(MessageType.Append))]
    [InlineData(nameof(MessageType.ForwardProposal))]
    public void Nonsense_behind_valid_checksums_neither_crashes_nor_allocates_beyond_the_frame(string name)
    {
        var random = new RandomSource(20);
        var sample = Samples.ByName(name);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])sample.Clone();
            for (var change = random.NextBelow(4); change >= 0; change--)
            {
                bytes[WireFormat.HeaderBytes + random.NextBelow(bytes.Length - WireFormat.HeaderBytes)] =
                    (byte)random.NextUInt64();
            }

            Resealed.Seal(bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Samples.Read(bytes);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 64 * 1024, $"{allocated} bytes allocated for a frame of {bytes.Length}");
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(WireFormat.MessageBytes + 12)]
    public void A_count_or_length_the_frame_cannot_hold_is_refused_before_anything_is_allocated(int offset)
    {
        var bytes = Samples.Frame(MessageType.Append);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(WireFormat.HeaderBytes + offset), uint.MaxValue);
        Resealed.Seal(bytes);
        Assert.Equal(WireErrorKind.Malformed, Samples.Read(bytes).Kind);
    }

    [Fact]
    public void An_append_whose_indexes_would_overflow_is_refused()
    {
        var bytes = Samples.Frame(MessageType.Append);
        BinaryPrimitives.WriteUInt64LittleEndian(
            bytes.AsSpan(WireFormat.HeaderBytes + 16), ulong.MaxValue - 1);
        Resealed.Seal(bytes);
        Assert.Equal(WireErrorKind.Malformed, Samples.Read(bytes).Kind);
    }
}
