using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Log.Tests.Snapshots;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>Changed snapshot files and descriptors.</summary>
public sealed class SnapshotFuzzTests(ITestOutputHelper output)
{
    private const long BytesMax = 2 << 20;
    private const long DescriptorBytesMax = 128 << 10;

    private static readonly (SnapshotDescriptor Descriptor, byte[] File)[] Snapshots =
        [Make(20, 0), Make(20, 1), Make(20, 2600), Make(21, 2600), Make(22, 20_000)];

    [Fact]
    public void A_changed_file_is_noticed_by_all_that_read_it_and_nothing_of_it_is_given_out() =>
        new FuzzRun(output, BytesMax).Try("snapshot files", [], random =>
        {
            var (meant, file) = Snapshots[random.NextBelow(Snapshots.Length)];
            var changed = Mutations.Of(file, [.. Snapshots.Select(static made => made.File)], random);
            var fixes = random.OneIn(2);
            if (fixes)
            {
                SnapshotChecksums.Fix(changed);
            }

            return Read(meant, changed, changed.AsSpan().SequenceEqual(file))
                + (fixes ? ", checksums made to fit" : string.Empty);
        });

    [Fact]
    public void A_changed_descriptor_is_refused_or_is_another() =>
        new FuzzRun(output, DescriptorBytesMax).Try("descriptors", [], random =>
        {
            var bytes = Snapshots[random.NextBelow(Snapshots.Length)].Descriptor.Encode();
            var changed = Mutations.Of(
                bytes, [.. Snapshots.Select(static made => made.Descriptor.Encode())], random);
            if (!SnapshotDescriptor.TryDecode(changed, out var decoded))
            {
                return "refused";
            }

            // What was decoded is the same when it has been on the way once more.
            Assert.True(SnapshotDescriptor.TryDecode(decoded!.Encode(), out var again));
            Assert.Equal(decoded, again);
            Assert.True(decoded.FileBytes > 0);
            return "decoded";
        });

    private static string Read(SnapshotDescriptor meant, byte[] changed, bool isSame)
    {
        var simulated = new SimulatedDisk();
        Shots.Put(simulated, Shots.NameOf(meant), changed);
        var disk = new BoundedDisk(simulated, 1000);
        var load = Shots.Run(new LoadSnapshot(meant), disk);
        var verify = Shots.Run(new VerifySnapshot(meant), disk);
        Assert.True(load.Error is null && verify.Error is null);
        Assert.Equal(isSame, verify.IsGood);
        Assert.Equal(isSame, load.Content is not null);
        Assert.Equal(isSame, load.Damage is null);
        Shots.Put(simulated, Shots.NameOf(meant) + ".part", changed);
        Assert.Equal(isSame, Shots.Run(new FinishSnapshot(meant), disk).IsGood);
        Shots.Put(simulated, Shots.NameOf(meant), changed);
        var found = SnapshotShelf.Open(disk, meant.Group);
        if (found.Newest is not { } other)
        {
            Assert.Single(found.Report.Damage);
            return "set aside";
        }

        // Whole in itself: then it can be read, as what it says that it is.
        Assert.Equal(meant.Position, other.Position);
        var content = Shots.Run(new LoadSnapshot(other), disk).Content;
        Assert.NotNull(content);
        Assert.True(content.Value.ToArray().Length <= changed.Length);
        return isSame ? "the same" : "another state, whole";
    }

    private static (SnapshotDescriptor Descriptor, byte[] File) Make(ulong index, int bytes)
    {
        var disk = new SimulatedDisk();
        var saved = Shots.Save(disk, index, bytes);
        return (saved, Shots.FileOf(disk, Shots.NameOf(saved)));
    }
}
