using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Server.Tests;

public sealed class SnapshotStreamTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(SnapshotStream.PieceBytes, 1)]
    [InlineData(1_000_000, 0)]
    [InlineData(1_000_000, 5_000_000)]
    public async Task A_snapshot_is_written_once_and_its_last_piece_has_nothing_behind_it(
        int length, long expected)
    {
        var snapshot = new Zeros(length);
        var (sent, remaining) = (0L, new List<long>());

        await new SnapshotStream(snapshot, expected).SendAsync(
            (piece, rest) =>
            {
                sent += piece.Length;
                remaining.Add(rest);
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(1, snapshot.Writes);
        Assert.Equal(32, sent % 512);
        Assert.InRange(sent, length + 40, length + 40 + 511);
        Assert.Equal([0L, 0L], remaining[^2..]);
        Assert.All(remaining[..^2], bytes => Assert.True(bytes > 0));
    }

    private sealed class Zeros(int length) : IStateSnapshot
    {
        public int Writes { get; private set; }

        public LogIndex AppliedIndex => LogIndex.Zero;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            Writes++;
            for (var left = length; left > 0; left -= 1000)
            {
                writer.Write(new byte[Math.Min(left, 1000)]);
            }
        }
    }
}
