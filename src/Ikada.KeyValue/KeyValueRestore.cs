using Ikada.StateMachine;

namespace Ikada.KeyValue;

/// <summary>A snapshot on its way into the store: what has come of it stands in a batch aside, on disk where
/// the engine has one.</summary>
/// <param name="batch">Replaces the content when it is committed.</param>
/// <param name="publish">Commits it with the state that the snapshot holds.</param>
internal sealed class KeyValueRestore(IOrderedBatch batch, Action<IOrderedBatch, StoreState> publish)
    : IStateRestore
{
    private readonly SnapshotReader _reader = new(batch);
    private bool _isOver;

    public void Write(ReadOnlyMemory<byte> piece) => _reader.Write(piece.Span);

    public void Complete()
    {
        var state = _reader.Complete();
        _isOver = true;
        publish(batch, state);
    }

    public void Dispose()
    {
        if (!_isOver)
        {
            _isOver = true;
            (batch as IDisposable)?.Dispose();
        }
    }
}
