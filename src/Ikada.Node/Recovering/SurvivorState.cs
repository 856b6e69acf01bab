using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>What a lone survivor's directory holds of one group, and what would become of it.</summary>
/// <param name="Group">Which.</param>
/// <param name="Last">The last entry of its log.</param>
/// <param name="HardState">Its term, vote, and the commit index that it had noted.</param>
/// <param name="Membership">The newest membership in its log.</param>
public sealed record SurvivorState(
    GroupId Group, LogPosition Last, HardState HardState, Membership Membership)
{
    /// <summary>The entry by which the node becomes the only voter.</summary>
    public LogPosition Entry => new(Last.Index.Next, new Term(Math.Max(
        HardState.Term.Value, Last.Term.Value) + 1));

    /// <summary>Why the group cannot be made of this directory; null: it can.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Whether the node is the only member already: nothing is to be done.</summary>
    public bool IsAlone { get; init; }

    internal static SurvivorState Of(IDisk disk, GroupLog log, DirectoryIdentity identity)
    {
        var membership = log.BaseMembership;
        log.VisitRecovered(entry =>
        {
            if (!entry.IsDamaged && entry.Kind == EntryKind.Membership
                && Membership.TryDecode(entry.MembershipBody.Span, out var found))
            {
                membership = found;
            }
        });
        var state = new SurvivorState(log.Group, log.Last, log.RecoveredHardState, membership);
        return state with
        {
            Obstacle = Find(disk, log, identity, membership),
            IsAlone = membership.Members is [var only] && only.Id == identity.Node
                && membership.IsVoter(only.Id) && !membership.IsJoint,
        };
    }

    private static string? Find(
        IDisk disk, GroupLog log, DirectoryIdentity identity, Membership membership)
    {
        const string Another = "recover from another surviving directory, or from a backup of this one";
        var shelf = SnapshotShelf.Open(disk, log.Group);
        return log.IsHardStateLost ? $"a term or vote that it had given is lost; {Another}"
            : log.Damage.Count > 0
                ? $"entries {log.Damage[0].First} to {log.Damage[^1].Last} cannot all be read; {Another}"
            : membership.Find(identity.Node) is null
                ? $"node {identity.Node} is no member in its own log ({membership}); {Another}"
            : shelf.Newest is { } newest && newest.Position.Index > log.Last.Index
                ? $"a snapshot up to {newest.Position} was being put in force; start the node once, which "
                    + "completes that, stop it, and recover then"
            : log.Base.Index > LogIndex.Zero && shelf.Newest is null
                ? $"the log begins after {log.Base} and no snapshot is left of what was before; {Another}"
            : null;
    }
}
