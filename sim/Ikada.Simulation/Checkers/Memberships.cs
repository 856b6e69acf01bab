using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// The memberships that any log ever held, by index and term: a membership takes effect when it is appended,
/// so the one in force in a log is that of its last membership entry, or what the node started with.
/// </summary>
internal sealed class Memberships
{
    private readonly Dictionary<(ulong Index, ulong Term), Membership> _entries = [];

    /// <summary>A log holds a membership entry. Whether it is the first to.</summary>
    public bool Add(ulong index, ulong term, ReadOnlySpan<byte> body)
    {
        if (_entries.ContainsKey((index, term)))
        {
            return false;
        }

        Invariant.Check(
            Membership.TryDecode(body, out var membership), $"membership {term}/{index} is unreadable");
        _entries.Add((index, term), membership);
        return true;
    }

    /// <summary>The membership in force in a log.</summary>
    public Membership InForce(LogMirror log) => At(log, log.Memberships.Count - 1);

    /// <summary>The membership of a log's entry number <paramref name="at"/> of that kind; -1: what it
    /// started with.</summary>
    public Membership At(LogMirror log, int at)
    {
        if (at < 0)
        {
            return log.Start;
        }

        var index = log.Memberships[at];
        return _entries[(index, log.TermAt(index))];
    }

    /// <summary>The membership in force in a log up to <paramref name="index"/>.</summary>
    public Membership InForce(LogMirror log, ulong index)
    {
        var at = log.Memberships.Count - 1;
        while (at >= 0 && log.Memberships[at] > index)
        {
            at--;
        }

        return At(log, at);
    }

    /// <summary>Adds those after an index to a list, in any order.</summary>
    public void After(ulong index, List<Membership> into)
    {
        foreach (var (place, membership) in _entries)
        {
            if (place.Index > index)
            {
                into.Add(membership);
            }
        }
    }

    /// <summary>The last entry of a log, before its <paramref name="before"/>th membership entry, that
    /// changed who votes; 0 if none did.</summary>
    public ulong LastChange(LogMirror log, int before)
    {
        for (var at = before - 1; at >= 0; at--)
        {
            if (!SameVoters(At(log, at - 1), At(log, at)))
            {
                return log.Memberships[at];
            }
        }

        return 0;
    }

    /// <summary>Whether two memberships have the same voters in both halves.</summary>
    public static bool SameVoters(Membership one, Membership other) =>
        one.Voters.SequenceEqual(other.Voters) && one.OutgoingVoters.SequenceEqual(other.OutgoingVoters);

    /// <summary>Whether those for whom <paramref name="counts"/> holds are a majority of both
    /// halves.</summary>
    public static bool HasQuorum(Membership membership, Predicate<Member> counts) =>
        !membership.Voters.IsEmpty && HasMajority(membership, membership.Voters, counts)
            && (!membership.IsJoint || HasMajority(membership, membership.OutgoingVoters, counts));

    private static bool HasMajority(
        Membership membership, ReadOnlySpan<NodeId> voters, Predicate<Member> counts)
    {
        var holders = 0;
        foreach (var voter in voters)
        {
            holders += membership.Find(voter) is { } member && counts(member) ? 1 : 0;
        }

        return holders >= Quorum.MajorityOf(voters.Length);
    }
}
