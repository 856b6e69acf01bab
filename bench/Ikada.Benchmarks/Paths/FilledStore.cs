using System.Text;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.StateMachine;

namespace Ikada.Benchmarks;

/// <summary>A key-value store with 4096 keys of 256 B.</summary>
internal sealed class FilledStore : IApplyResults, IDisposable
{
    public const int Keys = 4096;
    public const int Batch = 64;
    private const int ValueBytes = 256;
    private readonly Scratch? _scratch;
    private readonly RocksDbStore? _rocks;
    private readonly CommittedCommand[] _batch = new CommittedCommand[Batch];
    private readonly byte[][] _puts =
    [
        .. Enumerable.Range(0, Keys).Select(key =>
            KeyValueCommand.EncodePut(KeyOf(key), new byte[ValueBytes])),
    ];

    private int _next;

    public FilledStore(bool isOnDisk)
    {
        if (isOnDisk)
        {
            _scratch = new Scratch();
            _rocks = RocksDbStore.Open(_scratch.Path);
        }

        Store = _rocks is null ? new KeyValueStore() : new KeyValueStore(_rocks);
        for (var done = 0; done < Keys; done += Batch)
        {
            PutBatch();
        }
    }

    public KeyValueStore Store { get; }

    public static byte[] KeyOf(int key) => Encoding.ASCII.GetBytes($"key/{key:d8}");

    /// <summary>Puts the next keys, as one batch of committed commands whose results are wanted.</summary>
    public void PutBatch()
    {
        var index = Store.AppliedIndex;
        for (var i = 0; i < Batch; i++)
        {
            index = index.Next;
            _batch[i] = new CommittedCommand(index, 1, _puts[_next++ % Keys], WantsResult: true);
        }

        Store.Apply(_batch, index, this);
    }

    public void Set(int position, ReadOnlyMemory<byte> result)
    {
    }

    public void Dispose()
    {
        _rocks?.Dispose();
        _scratch?.Dispose();
    }
}
