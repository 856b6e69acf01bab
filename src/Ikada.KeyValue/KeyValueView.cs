using System.Diagnostics.CodeAnalysis;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.KeyValue;

/// <summary>
/// The store as some prefix of the commands left it: data, applied index, revision and hash belong
/// together. Immutable; any number of threads may read it. Its holder disposes it: from then on only its
/// numbers and alarms can be read, whatever the engine, and all else throws
/// <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class KeyValueView : IDisposable
{
    private readonly IHeldView _ordered;
    private readonly StoreState _state;
    private readonly RangeCounts _counts;
    private volatile bool _isDisposed;

    /// <param name="ordered">Held already; let go of when this is disposed.</param>
    /// <param name="state">Its numbers.</param>
    /// <param name="alarms">The alarms in it.</param>
    /// <param name="counts">What is known of its revisions and those before.</param>
    internal KeyValueView(
        IHeldView ordered, in StoreState state, IReadOnlyList<Alarm> alarms, RangeCounts counts) =>
        (_ordered, _state, Alarms, _counts) = (ordered, state, alarms, counts);

    /// <summary>The index of the last applied entry.</summary>
    public LogIndex AppliedIndex => _state.Applied;

    /// <summary>The current revision: 1 for an empty store, the first put makes 2.</summary>
    public long Revision => _state.Revision;

    /// <summary>The lowest revision that can still be read, 0 if never compacted.</summary>
    public long CompactedRevision => _state.Compacted;

    /// <summary>Whether it was never compacted, not even at revision 0.</summary>
    public bool IsNeverCompacted => _state.IsNeverCompacted;

    /// <summary>Whether versions that a compaction outdated are still being removed.</summary>
    public bool IsRemovingCompacted => Compaction.IsUnderWay(Ordered);

    /// <summary>The rolling hash of all effects up to <see cref="AppliedIndex"/>.</summary>
    public ulong StateHash => _state.Hash;

    /// <summary>How many bytes the keys and values of the ordered store have together; of an engine on disk,
    /// what it takes now.</summary>
    public long SizeBytes => Ordered.SizeBytes;

    /// <summary>The migration that fills the store from another one, or did.</summary>
    public KeyValueMigration Migration => KeyValueMigration.Load(Ordered);

    internal IOrderedView Ordered
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _ordered;
        }
    }

    /// <summary>All its numbers.</summary>
    public StoreState State => _state;

    /// <summary>The alarms in force, by kind and member.</summary>
    public IReadOnlyList<Alarm> Alarms { get; }

    /// <summary>Holds the same state once more, for a reader of its own.</summary>
    /// <exception cref="ObjectDisposedException">This one is disposed.</exception>
    public KeyValueView Hold()
    {
        ObjectDisposedException.ThrowIf(!TryHold(out var held), this);
        return held;
    }

    /// <summary>Lets go of the state. By one thread at a time.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _ordered.LetGo();
        }
    }

    // Where this one is disposed by another thread at the same time, either holds or does not: what counts
    // is the engine's count.
    internal bool TryHold([NotNullWhen(true)] out KeyValueView? held)
    {
        held = !_isDisposed && _ordered.TryHold()
            ? new KeyValueView(_ordered, _state, Alarms, _counts) : null;
        return held is not null;
    }

    /// <summary>The whole state as a snapshot, which holds it until it is disposed;
    /// docs/internals/key-value.md describes the bytes.</summary>
    public IStateSnapshot Snapshot() => new KeyValueSnapshot(Hold());

    /// <summary>Reads a range.</summary>
    public RangeResult Range(in RangeQuery query) =>
        RangeReader.Read(Ordered, _state, query, _counts);

    /// <summary>Finds a lease. False if there is none of that id.</summary>
    public bool TryGetLease(long id, out KeyValueLease lease) => LeaseTable.TryGet(Ordered, id, out lease);

    /// <summary>All leases, by id.</summary>
    public IReadOnlyList<KeyValueLease> Leases() => LeaseTable.All(Ordered);

    /// <summary>The leases that were granted or last renewed behind the entry at <paramref name="index"/>, in
    /// that order. Costs nothing for the others.</summary>
    public IReadOnlyList<KeyValueLease> LeasesRenewedAfter(LogIndex index) =>
        LeaseTable.RenewedAfter(Ordered, index);

    /// <summary>The keys attached to a lease, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> LeasedKeys(long id) => LeaseTable.Keys(Ordered, id);

    /// <summary>Executes a transaction that only reads: its operations are ranges. Any other is
    /// <see cref="KeyValueError.Malformed"/>.</summary>
    /// <param name="transaction">As <see cref="KeyValueCommand.EncodeTransaction"/> wrote it.</param>
    public KeyValueResult ReadTransaction(ReadOnlyMemory<byte> transaction) =>
        TransactionCommand.TryDecode(transaction, out var decoded)
            ? TransactionExecutor.Read(decoded!, Ordered, _state)
            : new KeyValueResult { Error = KeyValueError.Malformed, Revision = Revision };

    /// <summary>Begins to read the changes from <paramref name="revision"/> on, in the order in which they
    /// were made.</summary>
    /// <param name="revision">The first revision wanted, inclusive. Beyond the current one there is
    /// nothing.</param>
    /// <param name="changes">Stands before the first change. Null where <paramref name="revision"/> was
    /// compacted away.</param>
    /// <returns>None, or <see cref="KeyValueError.Compacted"/> for a revision below
    /// <see cref="CompactedRevision"/>.</returns>
    public KeyValueError OpenChanges(long revision, out ChangeReader? changes)
    {
        changes = revision < CompactedRevision ? null : new ChangeReader(this, revision);
        return changes is null ? KeyValueError.Compacted : KeyValueError.None;
    }

    /// <summary>What members have published of themselves, by id.</summary>
    public IReadOnlyList<PublishedMember> PublishedMembers()
    {
        var members = new List<PublishedMember>();
        var cursor = Ordered.OpenCursor();
        for (var more = cursor.Seek(KeyLayout.MemberPrefix); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span.SequenceCompareTo(KeyLayout.MemberEnd) >= 0)
            {
                break;
            }

            var reader = new ByteReader(cursor.Value.Span);
            var valid = reader.TryReadNumber(out var id)
                & PublishedMember.TryDecode(new NodeId(id), reader.ReadRest(), out var member);
            Invariant.Check(valid, $"the record of member {id} is not one of ours");
            members.Add(member);
        }

        return members;
    }

    /// <summary>
    /// A hash of all versions made up to <paramref name="revision"/> (0: the current one), equal on every
    /// member that holds them, whatever has been applied since.
    /// </summary>
    public (KeyValueError Error, ulong Hash) HashAt(long revision)
    {
        var upTo = revision <= 0 ? Revision : revision;
        if (upTo > Revision || upTo < CompactedRevision)
        {
            return (upTo > Revision ? KeyValueError.FutureRevision : KeyValueError.Compacted, 0);
        }

        var hash = 0UL;
        var versions = new VersionReader(Ordered, CompactedRevision);
        while (versions.MoveNext())
        {
            if (KeyLayout.RevisionOf(versions.Place.Span) <= upTo)
            {
                hash = RollingHash.Append(
                    RollingHash.Append(hash, versions.Place.Span), versions.Record.Span);
            }
        }

        return (KeyValueError.None, hash);
    }
}
