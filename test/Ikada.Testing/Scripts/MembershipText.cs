using System.Globalization;
using Ikada.Primitives;

namespace Ikada.Testing.Scripts;

/// <summary>Memberships as scripts write them: <c>voters=(1 2)&amp;&amp;(1) learners=(4) learners_next=(2)
/// autoleave</c>, with ids in decimals.</summary>
public static class MembershipText
{
    /// <summary>The sets of a membership.</summary>
    public static string Of(Membership membership)
    {
        ArgumentNullException.ThrowIfNull(membership);
        return $"voters={Ids(membership.Voters)}"
            + (membership.IsJoint ? $"&&{Ids(membership.OutgoingVoters)}" : string.Empty)
            + Named("learners", membership.Learners)
            + Named("learners_next", membership.LearnersNext)
            + (membership.AutoLeave ? " autoleave" : string.Empty);
    }

    /// <summary>An id in decimals.</summary>
    public static string Of(NodeId id) => id.Value.ToString(CultureInfo.InvariantCulture);

    private static string Named(string name, ReadOnlySpan<NodeId> ids) =>
        ids.IsEmpty ? string.Empty : $" {name}={Ids(ids)}";

    private static string Ids(ReadOnlySpan<NodeId> ids)
    {
        var texts = new List<string>();
        foreach (var id in ids)
        {
            texts.Add(Of(id));
        }

        return $"({string.Join(' ', texts)})";
    }
}
