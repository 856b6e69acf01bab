using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue;

/// <summary>
/// The replicated key-value store: multi-version, with revisions as etcd counts them, over an ordered
/// store. One writer applies; readers take <see cref="View"/>, one reference read without a lock, and keep
/// it as long as they like.
/// </summary>
public sealed class KeyValueStore : IStateMachine
{
    private readonly IOrderedStore _ordered;
    private volatile KeyValueView _view;
    private volatile IChangeListener? _listener;

    /// <summary>Opens the store over what <paramref name="ordered"/> holds.</summary>
    public KeyValueStore(IOrderedStore ordered)
    {
        _ordered = ordered;
        var view = ordered.View;
        _view = new KeyValueView(view, StoreState.Load(view));
    }

    /// <summary>Opens an empty store in memory.</summary>
    public KeyValueStore()
        : this(new MemoryOrderedStore())
    {
    }

    /// <summary>The state the last batch left.</summary>
    public KeyValueView View => _view;

    /// <summary>Is told of every batch from the next one on. May be set at any time.</summary>
    public IChangeListener? Listener
    {
        get => _listener;
        set => _listener = value;
    }

    /// <inheritdoc/>
    public LogIndex AppliedIndex => _view.AppliedIndex;

    /// <inheritdoc/>
    public LogIndex DurableAppliedIndex => _ordered.IsDurable ? StoreState.LoadDurable(_ordered).Applied
        : LogIndex.Zero;

    /// <inheritdoc/>
    public bool IsDurable => _ordered.IsDurable;

    /// <inheritdoc/>
    public ulong StateHash => _view.StateHash;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        var batch = _ordered.BeginBatch();
        var made = _listener?.WantsChanges == true ? new List<KeyValueChange>() : null;
        var applier = new CommandApplier(batch, _view.State, made);
        for (var i = 0; i < commands.Length; i++)
        {
            ref readonly var command = ref commands[i];
            var result = applier.Apply(command.Index, command.Body);
            if (command.WantsResult)
            {
                results.Set(i, result.Encode());
            }
        }

        Invariant.Check(
            upTo >= applier.State.Applied, $"a batch up to {upTo} held entry {applier.State.Applied}");
        Publish(batch, applier.State with { Applied = upTo }, made);
    }

    /// <inheritdoc/>
    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        var view = _view;
        var result = RangeQuery.TryDecode(query, out var range)
            ? view.Range(range)
            : new RangeResult { Error = KeyValueError.Malformed, Revision = view.Revision };
        result.Encode(answer);
    }

    /// <inheritdoc/>
    public IStateSnapshot CaptureSnapshot()
    {
        // So that the log may forget what the snapshot covers, also where too little comes to fill a buffer.
        _ordered.BeginFlush();
        return new KeyValueSnapshot(_view);
    }

    /// <inheritdoc/>
    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        using var restore = BeginRestore();
        foreach (var piece in snapshot)
        {
            restore.Write(piece);
        }

        restore.Complete();
    }

    /// <inheritdoc/>
    public IStateRestore BeginRestore() => new KeyValueRestore(
        _ordered.BeginReplacement(), (batch, state) => Publish(batch, state, made: null));

    private void Publish(IOrderedBatch batch, in StoreState state, List<KeyValueChange>? made)
    {
        batch.Put(KeyLayout.StateKey, state.Encode());
        batch.Commit();
        _view = new KeyValueView(_ordered.View, state);
        _listener?.Published(_view, made);
    }
}
