using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>Executes commands in one batch. Everything here depends on the commands and the state
/// alone.</summary>
/// <param name="batch">Takes the effects.</param>
/// <param name="start">The state before.</param>
/// <param name="made">Takes each change, where somebody asks for them.</param>
internal sealed class CommandApplier(
    IOrderedBatch batch, StoreState start, List<KeyValueChange>? made = null)
{
    private readonly AlarmTable _alarms = AlarmTable.Load(batch);
    private readonly ChangeWriter _writer = new(batch, start, made);
    private bool _isMigrating = KeyValueMigration.Load(batch).IsUnderWay;

    public StoreState State => _writer.State;

    public IReadOnlyList<Alarm> Alarms => _alarms.All;

    /// <summary>Whether a migration has changed the store, which may add to a revision or take from
    /// it.</summary>
    public bool HasMigrated { get; private set; }

    /// <summary>Executes one command. Whatever the bytes are, the answer is a result, the same on every
    /// replica.</summary>
    public KeyValueResult Apply(LogIndex index, ReadOnlyMemory<byte> command)
    {
        _writer.Begin(index);
        var reader = new ByteReader(command.Span);
        if (!reader.TryReadByte(out var kind) || !reader.TryReadByte(out var version))
        {
            return Refuse(KeyValueError.Malformed);
        }

        if (version != KeyValueCommand.FormatVersion)
        {
            return Refuse(KeyValueError.Unsupported);
        }

        var alarmed = _alarms.Check((CommandKind)kind, command);
        if (alarmed != KeyValueError.None)
        {
            return Refuse(alarmed);
        }

        if (_isMigrating && IsBarred((CommandKind)kind))
        {
            return Refuse(KeyValueError.Migrating);
        }

        return (CommandKind)kind switch
        {
            CommandKind.Put => PutCommand.TryRead(ref reader, out var put)
                ? Put(put) : Refuse(KeyValueError.Malformed),
            CommandKind.DeleteRange => DeleteCommand.TryRead(ref reader, out var delete)
                ? Delete(delete) : Refuse(KeyValueError.Malformed),
            CommandKind.PublishMember => Publish(ref reader),
            CommandKind.Alarm => SetAlarm(ref reader, command.Span),
            CommandKind.Transaction => TransactionCommand.TryDecode(command, out var transaction)
                ? TransactionExecutor.Execute(transaction!, _writer) : Refuse(KeyValueError.Malformed),
            CommandKind.Compact => reader.TryReadSigned(out var revision) && reader.AtEnd
                ? Compaction.Compact(_writer, revision) : Refuse(KeyValueError.Malformed),
            CommandKind.RemoveCompacted => reader.TryReadVarint(out var changes) && reader.AtEnd
                ? Compaction.Remove(_writer, changes) : Refuse(KeyValueError.Malformed),
            CommandKind.GrantLease or CommandKind.RevokeLease or CommandKind.RenewLeases
                or CommandKind.CheckpointLeases =>
                LeaseCommand.Apply((CommandKind)kind, ref reader, _writer),
            CommandKind.Migration => Migrate(ref reader),
            _ => Refuse(KeyValueError.Unsupported),
        };
    }

    private KeyValueResult Put(in PutCommand put)
    {
        var error = put.Check();
        error = error != KeyValueError.None ? error : LeaseTable.Check(put.Lease, batch);
        var result = error == KeyValueError.None ? _writer.Put(put) : Refuse(error);
        return result.Error == KeyValueError.KeyNotFound ? Refuse(result.Error) : result;
    }

    private KeyValueResult Delete(in DeleteCommand delete) => delete.Key.IsEmpty
        ? Refuse(KeyValueError.KeyNotProvided) : _writer.Delete(delete.Range(), delete.WantsPrevious);

    private KeyValueResult Publish(ref ByteReader reader)
    {
        if (!reader.TryReadNumber(out var id) || !reader.TryReadBytes(out var attributes) || !reader.AtEnd
            || !PublishedMember.TryDecode(new NodeId(id), attributes, out _))
        {
            return Refuse(KeyValueError.Malformed);
        }

        var record = new byte[8 + attributes.Length];
        var writer = new ByteWriter(record);
        writer.WriteNumber(id);
        writer.WriteRaw(attributes);
        batch.Put(KeyLayout.Member(new NodeId(id)), record);
        _writer.Note(record);
        return new KeyValueResult { Revision = State.Revision };
    }

    private KeyValueResult SetAlarm(ref ByteReader reader, ReadOnlySpan<byte> command)
    {
        if (!reader.TryReadByte(out var isActive) || isActive > 1
            || !reader.TryReadByte(out var kind) || kind is not (1 or 2)
            || !reader.TryReadNumber(out var id) || !reader.AtEnd)
        {
            return Refuse(KeyValueError.Malformed);
        }

        var isDone = _alarms.Set(new Alarm(new NodeId(id), (AlarmKind)kind), isActive == 1, batch);
        _writer.Note(command);
        return new KeyValueResult { Revision = State.Revision, Deleted = isDone ? 1 : 0 };
    }

    private KeyValueResult Migrate(ref ByteReader reader)
    {
        HasMigrated = true;
        var result = new MigrationApplier(_writer).Apply(ref reader);
        _isMigrating = KeyValueMigration.Load(batch).IsUnderWay;
        return result;
    }

    /// <summary>What would make revisions of its own, or end leases before the source does.</summary>
    private static bool IsBarred(CommandKind kind) =>
        kind is CommandKind.Put or CommandKind.DeleteRange or CommandKind.Transaction or CommandKind.Compact
            or CommandKind.GrantLease or CommandKind.RevokeLease or CommandKind.RenewLeases
            or CommandKind.CheckpointLeases;

    private KeyValueResult Refuse(KeyValueError error) => _writer.Refuse(error);
}
