using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue;

/// <summary>
/// The replicated key-value store: multi-version, with revisions as etcd counts them, over an ordered
/// store. One writer applies; readers <see cref="Hold"/> the state for as long as they read, without a
/// lock.
/// </summary>
#pragma warning disable CA1001 // what it holds of the engine goes when the engine's owner closes that
public sealed class KeyValueStore : IStateMachine
#pragma warning restore CA1001
{
    private readonly IOrderedStore _ordered;
    private volatile KeyValueView _view;
    private RangeCounts _counts = new();
    private volatile IChangeListener? _listener;

    /// <summary>Opens the store over what <paramref name="ordered"/> holds.</summary>
    public KeyValueStore(IOrderedStore ordered)
    {
        _ordered = ordered;
        var view = ordered.Hold();
        _view = new KeyValueView(view, StoreState.Load(view), AlarmTable.Load(view).All, _counts);
    }

    /// <summary>Opens an empty store in memory.</summary>
    public KeyValueStore()
        : this(new MemoryOrderedStore())
    {
    }

    /// <summary>The state the last batch left, held by the store until the next batch: to be read by the
    /// thread that applies. Others <see cref="Hold"/> it.</summary>
    public KeyValueView View => _view;

    /// <summary>The numbers of the state that the last batch left. From any thread.</summary>
    public StoreState State => _view.State;

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
        if (applier.HasMigrated)
        {
            ForgetCounts();
        }

        Publish(batch, applier.State with { Applied = upTo }, applier.Alarms, made);
    }

    /// <summary>Holds the state that the last batch left: what is read of it stays as it is until the caller
    /// disposes it. From any thread.</summary>
    /// <exception cref="ObjectDisposedException">The store's own view was disposed.</exception>
    public KeyValueView Hold()
    {
        while (true)
        {
            var view = _view;
            if (view.TryHold(out var held))
            {
                return held;
            }

            // A batch has taken its place meanwhile, or nothing can any more.
            ObjectDisposedException.ThrowIf(ReferenceEquals(view, _view), this);
        }
    }

    /// <summary>Gives back the space of what was deleted. Takes as long as reading and writing all there is,
    /// which is for a thread of the caller's; the store goes on.</summary>
    public void Defragment() => _ordered.Defragment();

    /// <inheritdoc/>
    public void GiveUp() => _ordered.GiveUpOnSpace();

    /// <inheritdoc/>
    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        using var view = Hold();
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
        return new KeyValueSnapshot(Hold());
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
        _ordered.BeginReplacement(),
        (batch, state) =>
        {
            ForgetCounts();
            Publish(batch, state, AlarmTable.Load(batch).All, made: null);
        });

    // The views to come may hold something else at a revision that was there before.
    private void ForgetCounts() => _counts = new RangeCounts();

    private void Publish(
        IOrderedBatch batch,
        in StoreState state,
        IReadOnlyList<Alarm> alarms,
        List<KeyValueChange>? made)
    {
        batch.Put(KeyLayout.StateKey, state.Encode());
        batch.Commit();
        var old = _view;
        _view = new KeyValueView(_ordered.Hold(), state, alarms, _counts);
        old.Dispose();
        _listener?.Published(_view, made);
    }
}
