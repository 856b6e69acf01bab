using Ikada.Log;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Nodes;

/// <summary>What goes wrong with one of a disk's next reads: it fails, or what comes back stands somewhere
/// else in the file.</summary>
internal sealed class ReadTrouble(bool isMisdirected, bool ofSnapshots, int readsUntilThen)
{
    private int _left = readsUntilThen;

    /// <summary>Whether it strikes the next read. In a start only the reading of the log and of the identity
    /// fails: what a start takes for a damaged snapshot it puts aside for good.</summary>
    public bool Strikes(string file, bool isStart)
    {
        var isSnapshot = file.StartsWith("snapshot-", StringComparison.Ordinal);
        return (isStart ? !isMisdirected && !isSnapshot : isSnapshot == ofSnapshots) && _left-- <= 0;
    }

    /// <summary>Reads, wrongly.</summary>
    public int Read(
        SimulatedDisk disk, RunCounts counts, string file, long offset, Span<byte> into, bool isStart)
    {
        counts.Fired(isMisdirected ? FaultKind.Misdirect : FaultKind.ReadError);
        if (!isMisdirected)
        {
            counts.Reached(isStart ? Mark.ReadFailedInStart
                : ofSnapshots ? Mark.SnapshotReadFailed : Mark.LogReadFailed);
            throw new DiskException("pread", file, "EIO");
        }

        counts.Reached(ofSnapshots ? Mark.SnapshotReadMisdirected : Mark.LogReadMisdirected);
        const int Sector = SimulatedFile.SectorBytes;
        return disk.Read(file, offset >= Sector ? offset - Sector : offset + Sector, into);
    }
}
