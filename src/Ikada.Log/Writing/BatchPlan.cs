using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>Which records go into the next batch, and how large it becomes. Reused from batch to
/// batch.</summary>
internal sealed class BatchPlan
{
    private ulong _number;

    /// <summary>How many pending records it takes.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them stand in the stream part.</summary>
    public int StreamRecords { get; private set; }

    public int StreamBytes { get; private set; }

    /// <summary>The groups it concerns, in the order of their first record.</summary>
    public List<GroupLog> Groups { get; } = [];

    /// <summary>The groups of which it carries a hard state record.</summary>
    public List<GroupLog> HardStates { get; } = [];

    public int RecordsOffset => BatchHeader.FixedBytes + (Groups.Count * BatchHeader.GroupBytes);

    /// <summary>The length of a padding record before the hard states, so that no sector holds both copies of
    /// one; 0 if none is needed.</summary>
    public int PaddingBytes
    {
        get
        {
            var gap = LogFormat.AlignSector(RecordsOffset) - RecordsOffset - StreamBytes;
            if (HardStates.Count == 0 || gap <= 0)
            {
                return 0;
            }

            return gap >= RecordHeader.Bytes ? gap : gap + LogFormat.SectorBytes;
        }
    }

    public int RecordBytes => StreamBytes + PaddingBytes
        + (HardStates.Count * (RecordHeader.Bytes + RecordHeader.HardStateBodyBytes));

    public int Records => StreamRecords + HardStates.Count + (PaddingBytes > 0 ? 1 : 0);

    public int BatchBytes => LogFormat.AlignSector(RecordsOffset + RecordBytes + BatchHeader.TrailerBytes);

    /// <summary>Takes records from the front as long as they fit: the first whenever it fits into
    /// <paramref name="roomBytes"/>, further ones up to <paramref name="bytesMax"/> and
    /// <paramref name="countMax"/>. False if there is none, or it does not fit.</summary>
    public bool Make(PendingQueue pending, long roomBytes, int bytesMax, int countMax = int.MaxValue)
    {
        _number++;
        Count = StreamRecords = StreamBytes = 0;
        Groups.Clear();
        HardStates.Clear();
        var count = Math.Min(pending.Count, countMax);
        while (Count < count && TryTake(pending[Count], roomBytes, bytesMax))
        {
            Count++;
        }

        return StreamRecords + HardStates.Count > 0;
    }

    /// <summary>Adds a group that has no record in the batch, only its line in the table, if there is
    /// room.</summary>
    public bool TryAdd(GroupLog group, long roomBytes)
    {
        if (group.PlannedIn == _number)
        {
            return true;
        }

        if (BatchBytes + BatchHeader.GroupBytes + LogFormat.SectorBytes > roomBytes)
        {
            return false;
        }

        group.PlannedIn = _number;
        Groups.Add(group);
        return true;
    }

    private bool TryTake(in PendingRecord record, long roomBytes, int bytesMax)
    {
        if (record.Kind == RecordKind.None)
        {
            return true;
        }

        var bytes = record.StreamBytes;
        var group = record.Group;
        var isNewGroup = group is not null && group.PlannedIn != _number;
        var isNewHardState = record.Kind == RecordKind.HardState && group!.HardStatePlannedIn != _number;
        var growth = bytes + (isNewGroup ? BatchHeader.GroupBytes : 0)
            + (isNewHardState ? RecordHeader.Bytes + RecordHeader.HardStateBodyBytes : 0);
        // The padding before hard states may come to two sectors; counting them always keeps the rule simple.
        var worst = (long)BatchBytes + growth + (isNewHardState ? 2 : 1) * LogFormat.SectorBytes;
        if (worst > roomBytes || (worst > bytesMax && StreamRecords + HardStates.Count > 0))
        {
            return false;
        }

        if (isNewGroup)
        {
            group!.PlannedIn = _number;
            Groups.Add(group);
        }

        if (isNewHardState)
        {
            group!.HardStatePlannedIn = _number;
            HardStates.Add(group);
        }

        StreamBytes += bytes;
        StreamRecords += bytes > 0 ? 1 : 0;
        return true;
    }
}
