using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What a change makes of a membership: the new one, or why it cannot be made.</summary>
/// <param name="Membership">The new membership, or null.</param>
/// <param name="Error">Why not, naming member, value and remedy; null if it can.</param>
public readonly record struct MembershipResult(Membership? Membership, string? Error);

/// <summary>
/// The arithmetic of membership changes (§6, diss. §4), apart from everything else so that it can be proved
/// alone: which membership a list of changes makes of another. A change of an unknown member that removes or
/// updates it changes nothing, and so does one of member 0, nobody; what a list says of a member later
/// stands.
/// </summary>
public static class MembershipArithmetic
{
    private const string TryJoint = "enter a joint state instead";

    /// <summary>In one step: at most one voter may come or go, so that every majority of the one set meets
    /// every majority of the other (diss. §4.1).</summary>
    public static MembershipResult Simple(Membership from, IReadOnlyList<MemberChange> changes)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (from.IsJoint)
        {
            return Not($"the group is in a joint state ({from}): leave it first");
        }

        var draft = new MembershipDraft(from);
        if (draft.Apply(changes) is { } error)
        {
            return Not(error);
        }

        var count = VoterChanges(from.Voters, draft.Voters);
        return count > 1
            ? Not($"{count} voters change at once ({from}): at most one can in a simple change; {TryJoint}")
            : new MembershipResult(draft.Finish(), null);
    }

    /// <summary>Into a joint state: the voters of now become the outgoing voters, and decisions need a
    /// majority of both sets until it is left (diss. §4.3).</summary>
    public static MembershipResult EnterJoint(
        Membership from, bool autoLeave, IReadOnlyList<MemberChange> changes)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (from.IsJoint)
        {
            return Not($"the group is in a joint state already ({from}): leave it first");
        }

        if (from.Voters.IsEmpty)
        {
            return Not("a group without voters cannot enter a joint state: add the first voter alone");
        }

        var draft = new MembershipDraft(from) { AutoLeave = autoLeave };
        draft.EnterJoint();
        return draft.Apply(changes) is { } error ? Not(error) : new MembershipResult(draft.Finish(), null);
    }

    /// <summary>Out of the joint state: the outgoing voters are dropped, or become learners if that was
    /// staged.</summary>
    public static MembershipResult LeaveJoint(Membership from)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (!from.IsJoint)
        {
            return Not($"the group is in no joint state ({from}): there is nothing to leave");
        }

        var draft = new MembershipDraft(from);
        draft.LeaveJoint();
        return new MembershipResult(draft.Finish(), null);
    }

    /// <summary>A change as a client wishes it: by its mode, with the group's settings.</summary>
    public static MembershipResult Apply(Membership from, MembershipChange change)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(change);
        if (change.Lease is { } lease && (lease < TimeSpan.Zero || lease > Membership.LeaseMax))
        {
            return Not($"a lease of {lease.TotalMilliseconds} ms is out of range: give 0 (off) to "
                + $"{Membership.LeaseMax.TotalMilliseconds} ms");
        }

        foreach (var member in change.Members)
        {
            if (member.Id.IsNone)
            {
                return Not("the change of member 0 concerns nobody: give the member's id");
            }
        }

        var result = change.Mode switch
        {
            ChangeMode.Simple => Simple(from, change.Members),
            ChangeMode.JointAutoLeave => EnterJoint(from, autoLeave: true, change.Members),
            ChangeMode.JointExplicit => EnterJoint(from, autoLeave: false, change.Members),
            ChangeMode.LeaveJoint when change.Members.Count > 0 =>
                Not($"leaving a joint state names no members, but {change.Members.Count} are named"),
            ChangeMode.LeaveJoint => LeaveJoint(from),
            _ => Auto(from, change.Members),
        };
        return result.Membership is { } to && change.Lease is { } wanted
            ? new MembershipResult(new MembershipDraft(to) { Lease = wanted }.Finish(), null)
            : result;
    }

    /// <summary>The same membership with these incarnations bound to members that had none. No list of voters
    /// changes, hence no majority.</summary>
    public static Membership Bind(
        Membership from, ReadOnlySpan<(NodeId Id, Incarnation Incarnation)> bindings)
    {
        ArgumentNullException.ThrowIfNull(from);
        var draft = new MembershipDraft(from);
        foreach (var (id, incarnation) in bindings)
        {
            draft.Bind(id, incarnation);
        }

        return draft.Finish();
    }

    private static MembershipResult Auto(Membership from, IReadOnlyList<MemberChange> changes)
    {
        var draft = new MembershipDraft(from);
        return !from.IsJoint && draft.Apply(changes) is null && VoterChanges(from.Voters, draft.Voters) > 1
            ? EnterJoint(from, autoLeave: true, changes)
            : Simple(from, changes);
    }

    // How many are in one set and not in the other.
    private static int VoterChanges(ReadOnlySpan<NodeId> before, List<NodeId> after)
    {
        var kept = 0;
        foreach (var id in before)
        {
            kept += after.Contains(id) ? 1 : 0;
        }

        return before.Length - kept + (after.Count - kept);
    }

    private static MembershipResult Not(string why) => new(null, why);
}
