using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>What a member may be alarmed about. The numbers are etcd's and are in the log.</summary>
public enum AlarmKind : byte
{
    /// <summary>The data has outgrown the quota: nothing that makes it larger is taken.</summary>
    NoSpace = 1,

    /// <summary>Data differs between members: nothing is taken or given out any more.</summary>
    Corrupt = 2,
}

/// <summary>An alarm of one member, in force until somebody ends it.</summary>
/// <param name="Member">Whose it is.</param>
/// <param name="Kind">What it is about.</param>
public readonly record struct Alarm(NodeId Member, AlarmKind Kind);

/// <summary>
/// The alarms in force, in one record: for each a byte of kind and eight of the member, sorted. The state
/// machine refuses by them, so that all replicas refuse the same.
/// </summary>
internal sealed class AlarmTable
{
    private const int AlarmLength = 9;
    private readonly List<Alarm> _alarms = [];

    private AlarmTable()
    {
    }

    public IReadOnlyList<Alarm> All => _alarms;

    public static AlarmTable Load(IOrderedView view)
    {
        var table = new AlarmTable();
        if (view.TryGet(KeyLayout.AlarmsKey, out var record))
        {
            var valid = TryDecode(record.Span, table._alarms);
            Invariant.Check(
                valid, $"the alarms of the ordered store have {record.Length} bytes and are not ours");
        }

        return table;
    }

    /// <summary>Whether bytes from outside are a record of alarms.</summary>
    public static bool IsValid(ReadOnlySpan<byte> record) => TryDecode(record, []);

    /// <summary>Raises or ends an alarm. False: there was nothing to end.</summary>
    public bool Set(Alarm alarm, bool isActive, IOrderedBatch batch)
    {
        var had = _alarms.Remove(alarm);
        if (isActive)
        {
            _alarms.Add(alarm);
            _alarms.Sort((one, other) => one.Kind != other.Kind
                ? one.Kind.CompareTo(other.Kind) : one.Member.Value.CompareTo(other.Member.Value));
        }

        batch.Put(KeyLayout.AlarmsKey, Encode());
        return isActive || had;
    }

    /// <summary>Whether a command is refused because of an alarm.</summary>
    public KeyValueError Check(CommandKind kind, ReadOnlyMemory<byte> command)
    {
        // Sorted: the last is of the gravest kind.
        return _alarms.Count == 0 || !IsOfClient(kind) ? KeyValueError.None
            : _alarms[^1].Kind == AlarmKind.Corrupt ? KeyValueError.Corrupt
            : Grows(kind, command) ? KeyValueError.NoSpace
            : KeyValueError.None;
    }

    private static bool IsOfClient(CommandKind kind) =>
        kind is CommandKind.Put or CommandKind.DeleteRange or CommandKind.Transaction or CommandKind.Compact
            or CommandKind.GrantLease or CommandKind.RevokeLease or CommandKind.Migration;

    private static bool Grows(CommandKind kind, ReadOnlyMemory<byte> command) => kind switch
    {
        CommandKind.Put or CommandKind.GrantLease => true,
        CommandKind.Transaction =>
            TransactionCommand.TryDecode(command, out var transaction) && Puts(transaction!),
        CommandKind.Migration => MigrationCommand.Grows(command.Span),
        _ => false,
    };

    // As etcd: if either branch puts.
    private static bool Puts(TransactionCommand transaction) =>
        transaction.Success.Exists(Puts) || transaction.Failure.Exists(Puts);

    private static bool Puts(TransactionOperation operation) =>
        operation.Kind == CommandKind.Put || (operation.Nested is { } nested && Puts(nested));

    private byte[] Encode()
    {
        var record = new byte[_alarms.Count * AlarmLength];
        var writer = new ByteWriter(record);
        for (var i = 0; i < _alarms.Count; i++)
        {
            writer.WriteByte((byte)_alarms[i].Kind);
            writer.WriteNumber(_alarms[i].Member.Value);
        }

        return record;
    }

    private static bool TryDecode(ReadOnlySpan<byte> record, List<Alarm> alarms)
    {
        var reader = new ByteReader(record);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadByte(out var kind) || kind is not (1 or 2)
                || !reader.TryReadNumber(out var id))
            {
                return false;
            }

            alarms.Add(new Alarm(new NodeId(id), (AlarmKind)kind));
        }

        return true;
    }
}
