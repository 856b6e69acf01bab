using Ikada.Consensus.Tests.Walks;

namespace Ikada.Consensus.Tests.Damage;

/// <summary>
/// A random walk whose crashes injure disks, within what the protocol is to survive: an entry that others
/// hold too stays whole on one of them, and where its term is lost that one knows it committed; what one node
/// alone holds is damaged only while all others are whole; the end of a log is lost on one node at a time,
/// and only while nothing else is damaged.
/// </summary>
internal sealed class DamageWalk(ulong seed) : RandomWalk(seed, size: seed % 3 == 0 ? 5 : 3)
{
    /// <summary>How often a disk suffered.</summary>
    public int Injuries { get; private set; }

    /// <summary>What all others have compacted only a leader's snapshot repairs, and the damage may keep
    /// anybody from leading.</summary>
    protected override bool Compacts => false;

    protected override void Crashed(TestNode node)
    {
        var start = node.Disk.Base.Index.Value;
        var count = (ulong)node.Disk.Log.Count - start;
        if (count == 0 || Random.OneIn(3) || Cluster.Nodes.Any(each => each.Disk.IsUnsure))
        {
            return;
        }

        if (Random.OneIn(3) && Cluster.Nodes.All(each => each.Disk.Damaged.Count == 0))
        {
            var lost = Random.NextBelow((int)Math.Min(count, 6));
            node.Disk.LoseFrom((int)(start + count) - lost, Random.OneIn(2));
            node.Disk.IsUnsure = true;
            // What the lost process still had on its way is refused by its start count (Identities), which
            // these nodes do not look at.
            Cluster.Pool.RemoveAll(sent => sent.Message.From == node.Id);
            Injuries++;
            return;
        }

        for (var runs = Random.NextBelow(3); runs >= 0; runs--)
        {
            var first = start + 1 + (ulong)Random.NextBelow((int)count);
            var losesTerm = Random.OneIn(2);
            var last = Math.Min(start + count, first + (ulong)Random.NextBelow(5));
            for (var index = first; index <= last; index++)
            {
                Injure(node, index, losesTerm && index < start + count);
            }
        }
    }

    private void Injure(TestNode node, ulong index, bool losesTerm)
    {
        var others = Cluster.Nodes.Where(other => other != node).ToArray();
        var entry = node.Disk.Log[(int)index - 1];
        var holders = others.Where(other => other.Disk.Log.Count >= (int)index
            && other.Disk.Log[(int)index - 1] == entry).ToArray();
        var isSafe = holders.Length > 0
            ? holders.Any(holder => !holder.Disk.Damaged.ContainsKey(index)
                && (!losesTerm || holder.Disk.HardState.Commit.Value >= index))
            : others.All(other => other.Disk.Damaged.Count == 0);
        if (isSafe && !node.Disk.Damaged.ContainsKey(index))
        {
            node.Disk.Damaged[index] = losesTerm;
            Injuries++;
        }
    }
}
