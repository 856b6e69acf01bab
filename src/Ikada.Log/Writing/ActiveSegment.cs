using Ikada.Log.Format;

namespace Ikada.Log.Writing;

/// <summary>The segment being written.</summary>
internal sealed class ActiveSegment
{
    public required SegmentHead Head { get; init; }

    public required string Name { get; init; }

    /// <summary>Where the next batch goes. All below it is written, and synced but for the batch under
    /// way.</summary>
    public required long Position { get; set; }

    public required uint Chain { get; set; }

    public long RoomBytes => Head.SegmentBytes - Position;

    public static ActiveSegment Begin(SegmentHead head) => new()
    {
        Head = head,
        Name = LogFormat.SegmentName(head.Sequence),
        Position = head.FirstBatchOffset,
        Chain = head.Seed(),
    };

    /// <summary>A place in the segment in 8 bytes.</summary>
    public static ulong Locate(ulong sequence, long offset) => (sequence << 32) | (ulong)(offset / 8);

    /// <summary>The head of the segment after this one.</summary>
    public SegmentHead Follow(
        DirectoryIdentity identity, long segmentBytes, ulong useId, GroupHead[] groups,
            bool mayMissGroups) => new()
            {
                Sequence = Head.Sequence + 1,
                UseId = useId,
                Cluster = identity.Cluster,
                Node = identity.Node,
                Incarnation = identity.Incarnation,
                SegmentBytes = segmentBytes,
                PredecessorUseId = Head.UseId,
                PredecessorEnd = Position,
                PredecessorChain = Chain,
                Groups = groups,
                MayMissGroups = mayMissGroups,
            };
}
