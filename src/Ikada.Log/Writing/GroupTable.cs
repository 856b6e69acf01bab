using Ikada.Log.Format;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The groups of a log, by id.</summary>
internal readonly struct GroupTable(WriteAheadLog log, SortedDictionary<GroupId, GroupLog> groups)
{
    public SortedDictionary<GroupId, GroupLog>.ValueCollection All => groups.Values;

    public bool TryGet(GroupId id, out GroupLog? group) => groups.TryGetValue(id, out group);

    public GroupLog GetOrAdd(GroupId id)
    {
        if (!groups.TryGetValue(id, out var group))
        {
            group = new GroupLog(log, id) { Built = new BatchGroup(id, default, default) };
            groups.Add(id, group);
        }

        return group;
    }

    /// <summary>What the head of the next segment says of the groups.</summary>
    public GroupHead[] Heads()
    {
        var heads = new List<GroupHead>(groups.Count);
        foreach (var group in groups.Values)
        {
            // A group whose base is not recorded yet is named only if a vote of it is known.
            var start = group.IsMembershipLost ? default : group.BuiltBase;
            if (start.IsThere || group.IsVoteLost || group.Built.HardState != default)
            {
                heads.Add(new GroupHead(
                    group.Group, group.Built.HardState, start.Position, group.Built.Last, start.Membership)
                {
                    IsUnsure = group.IsUnsure,
                    LostHardState = group.IsVoteLost,
                });
            }
        }

        return [.. heads];
    }
}
