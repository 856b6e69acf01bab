using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I14: the membership in force is that of the last membership entry in the log; a leader appends a
/// change of the voters only when the one before is committed; quorums of consecutive memberships
/// intersect.</summary>
internal sealed class MembershipChanges
{
    public const string Property = "I14 one change at a time, and quorums intersect";

    /// <summary>A leader appends a membership at <paramref name="index"/> after <paramref name="before"/>.
    /// The last change of the voters before it stands at <paramref name="lastChange"/>.</summary>
    public static void Appends(
        int node, ulong index, Membership before, Membership after, ulong lastChange, ulong committed)
    {
        if (Memberships.SameVoters(before, after))
        {
            return;
        }

        if (lastChange > committed)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} changes the voters at {index} while the change at {lastChange} is not "
                + $"committed (commit {committed})");
        }

        if (!Intersect(before, after))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} appends at {index} {Text(after)} after {Text(before)}: a quorum of one may "
                + "share no voter with a quorum of the other");
        }
    }

    /// <summary>A node says which membership is in force; its log has <paramref name="newest"/>.</summary>
    public static void InForce(int node, Membership told, Membership newest)
    {
        if (!Memberships.SameVoters(told, newest) || !told.Learners.SequenceEqual(newest.Learners))
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} acts under {Text(told)}; the newest in its log is {Text(newest)}");
        }
    }

    /// <summary>Whether every quorum of one shares a voter with every quorum of the other.</summary>
    public static bool Intersect(Membership one, Membership other)
    {
        var ids = new List<NodeId>();
        Collect(one, ids);
        Collect(other, ids);
        for (var set = 0; set < 1 << ids.Count; set++)
        {
            var chosen = set;
            bool In(Member member) => (chosen & (1 << ids.IndexOf(member.Id))) != 0;
            if (Memberships.HasQuorum(one, In) && Memberships.HasQuorum(other, member => !In(member)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A membership in a few characters.</summary>
    public static string Text(Membership membership) =>
        $"voters ({Text(membership.Voters)})"
            + (membership.IsJoint ? $"&&({Text(membership.OutgoingVoters)})" : "")
            + (membership.Learners.IsEmpty ? "" : $" learners ({Text(membership.Learners)})");

    private static string Text(ReadOnlySpan<NodeId> ids)
    {
        var texts = new string[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            texts[i] = ids[i].Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return string.Join(' ', texts);
    }

    private static void Collect(Membership membership, List<NodeId> into)
    {
        foreach (var id in membership.Voters)
        {
            AddOnce(id, into);
        }

        foreach (var id in membership.OutgoingVoters)
        {
            AddOnce(id, into);
        }
    }

    private static void AddOnce(NodeId id, List<NodeId> into)
    {
        if (!into.Contains(id))
        {
            into.Add(id);
        }
    }
}
