using Ikada.Log.Format;
using Ikada.Log.Writing;
using Ikada.Primitives;

namespace Ikada.Log.Recovery;

/// <summary>Applies what a segment's head says of the groups, and holds it against what the segments before
/// gave.</summary>
internal readonly struct HeadReplay(string file, GroupTable groups)
{
    public void Apply(SegmentHead head, bool isFirst)
    {
        foreach (var found in head.Groups)
        {
            var group = groups.GetOrAdd(found.Group);
            if (isFirst && !found.Membership.IsEmpty)
            {
                ApplyBase(found.Group, found.Base, found.Membership);
            }

            group.RecoverHardState(found.HardState, withCommit: true);
            if (group.Last != found.Last)
            {
                throw new LogDamagedException(
                    file, 0, $"its head says that group {found.Group.Value} ended at {found.Last}, but the "
                        + $"segments "
                    + $"before it end at {group.Last}");
            }
        }
    }

    public void ApplyBase(GroupId id, LogPosition start, ReadOnlyMemory<byte> bytes)
    {
        if (!Membership.TryDecode(bytes.Span, out var membership))
        {
            throw new LogDamagedException(file, 0, $"the membership of group {id.Value} cannot be read");
        }

        groups.GetOrAdd(id).SetBase(start, membership, bytes.ToArray());
    }
}
