using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Snapshots;

public sealed class SnapshotOperationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1000)]
    [InlineData(1001)]
    [InlineData(12_345)]
    public void What_is_saved_is_loaded_and_the_file_says_what_it_is(int bytes)
    {
        var disk = new SimulatedDisk();
        var saved = Shots.Save(disk, 40, bytes);
        Assert.Equal([Shots.NameOf(saved)], disk.List());
        Assert.Equal(disk.GetLength(Shots.NameOf(saved)), saved.FileBytes);
        Assert.Equal(Shots.Content(40, bytes), Shots.Load(disk, saved));
        var verify = Shots.Run(new VerifySnapshot(saved), disk);
        Assert.True(verify is { IsGood: true, Damage: null, Error: null });
        var found = SnapshotShelf.Open(disk, Shots.Group).Newest;
        Assert.Equal(saved, found);
        Assert.Equal(LogFixture.Members.Encode(), found!.Membership.Encode());
    }

    [Fact]
    public void The_same_state_makes_the_same_bytes_however_it_is_handed_over()
    {
        var content = Shots.Content(9, 40_000);
        var first = new SimulatedDisk();
        var whole = Shots.Save(first, 9, 40_000);
        for (ulong seed = 1; seed < 20; seed++)
        {
            var random = new RandomSource(seed);
            var disk = new SimulatedDisk();
            var save = Shots.Run(
                new SaveSnapshot(
                    Shots.Group, Shots.At(9), LogFixture.Members,
                    writer => WriteInPieces(writer, content, random), Shots.SmallBlock),
                disk);
            Assert.Equal(whole, save.Result);
            Assert.Equal(Shots.FileOf(first, Shots.NameOf(whole)), Shots.FileOf(disk, Shots.NameOf(whole)));
        }
    }

    [Fact]
    public void A_snapshot_is_sent_in_pieces_and_is_the_same_file_there()
    {
        var from = new SimulatedDisk();
        var to = new SimulatedDisk();
        var sent = Shots.Save(from, 40, 12_345);
        Assert.True(SnapshotDescriptor.TryDecode(sent.Encode(), out var offered));
        Assert.Equal(sent, offered);
        for (long offset = 0; offset < sent.FileBytes; offset += 700)
        {
            var length = (int)Math.Min(700, sent.FileBytes - offset);
            var read = Shots.Run(new ReadSnapshotPiece(sent, offset, length), from);
            var write = Shots.Run(new WriteSnapshotPiece(offered!, offset, read.Bytes), to);
            Assert.True(write is { Damage: null, Error: null });
        }

        Assert.Null(SnapshotShelf.Open(to.Copy(), Shots.Group).Newest);
        Assert.True(Shots.Run(new FinishSnapshot(offered!), to).IsGood);
        Assert.Equal(Shots.Content(40, 12_345), Shots.Load(to, sent));
        to.Crash(static () => false);
        Assert.Equal(sent, SnapshotShelf.Open(to, Shots.Group).Newest);
    }

    private static void WriteInPieces(IBufferWriter<byte> writer, byte[] content, RandomSource random)
    {
        var at = 0;
        while (at < content.Length)
        {
            var count = Math.Min(content.Length - at, random.NextBelow(random.OneIn(8) ? 9000 : 300));
            var span = writer.GetSpan(random.OneIn(2) ? count : 0);
            count = Math.Min(count, span.Length);
            content.AsSpan(at, count).CopyTo(span);
            writer.Advance(count);
            at += count;
        }
    }
}
