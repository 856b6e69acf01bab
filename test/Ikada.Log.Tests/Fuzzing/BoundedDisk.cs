using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>A disk that gives up on whoever calls it without end.</summary>
internal sealed class BoundedDisk(SimulatedDisk disk, int callsMax) : IDisk
{
    public int Calls { get; private set; }

    public IReadOnlyList<string> List() => Counted().List();

    public long GetLength(string name) => Counted().GetLength(name);

    public void Create(string name) => Counted().Create(name);

    public int Read(string name, long offsetBytes, Span<byte> into) =>
        Counted().Read(name, offsetBytes, into);

    public void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers) =>
        Counted().Write(name, offsetBytes, buffers);

    public void Sync(string name) => Counted().Sync(name);

    public void Rename(string from, string to) => Counted().Rename(from, to);

    public void Delete(string name) => Counted().Delete(name);

    public void SyncDirectory() => Counted().SyncDirectory();

    private SimulatedDisk Counted() => ++Calls <= callsMax
        ? disk
        : throw new InvalidOperationException($"more than {callsMax} calls of the disk: it hangs");
}
