using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>The groups that ride in the table of a batch without a record of their own: those whose commit
/// index rose, and in a seal those that wrote since the last one.</summary>
internal sealed class TableRiders
{
    private readonly List<GroupLog> _commitDirty = [];
    private readonly List<GroupLog> _unsealed = [];

    public void CommitNoted(GroupLog group)
    {
        if (!group.IsCommitDirty)
        {
            group.IsCommitDirty = true;
            _commitDirty.Add(group);
        }
    }

    public void Wrote(GroupLog group)
    {
        if (!group.IsUnsealed)
        {
            group.IsUnsealed = true;
            _unsealed.Add(group);
        }
    }

    /// <summary>Puts them into the plan, as far as there is room.</summary>
    public void Board(BatchPlan plan, long roomBytes, bool isSeal)
    {
        foreach (var group in _commitDirty)
        {
            // A commit beyond what this batch makes durable waits for a later one.
            var built = group.Built;
            if (LogIndex.Min(group.NotedCommit, built.Last.Index) > built.HardState.Commit)
            {
                plan.TryAdd(group, roomBytes);
            }
        }

        if (!isSeal)
        {
            foreach (var group in plan.Groups)
            {
                Wrote(group);
            }

            return;
        }

        // So that damage before a seal leaves no doubt of where they ended and how they voted.
        while (_unsealed.Count > 0 && plan.TryAdd(_unsealed[^1], roomBytes))
        {
            _unsealed[^1].IsUnsealed = false;
            _unsealed.RemoveAt(_unsealed.Count - 1);
        }
    }

    /// <summary>Forgets the commit indexes that a batch was built with.</summary>
    public void Alight()
    {
        var kept = 0;
        for (var i = 0; i < _commitDirty.Count; i++)
        {
            var group = _commitDirty[i];
            if (group.Built.HardState.Commit >= group.NotedCommit)
            {
                group.IsCommitDirty = false;
            }
            else
            {
                _commitDirty[kept++] = group;
            }
        }

        _commitDirty.RemoveRange(kept, _commitDirty.Count - kept);
    }
}
