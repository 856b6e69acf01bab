using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Operators;

/// <summary>
/// Turns bits over in what the log of a node that is down had synced. Two ways, within what a group must
/// survive: in the middle of the log, on one node or on all at once, where another voter holds the same
/// entries whole; and anywhere, also at the end, on a node that might lose its disk altogether.
/// </summary>
internal sealed class LogInjury(World world, RandomSource random)
{
    // Behind the place there are batches that say that it was synced, and hold a newer term and vote.
    private const int LaterBatches = 3;
    private const int HeadBytes = 104;
    private readonly Dictionary<int, string> _heads = [];

    // What was ever struck, in which of a node's directories.
    private readonly HashSet<(int Node, int Life, BatchPlace Place)> _struck = [];

    /// <summary>Some node, or all at once.</summary>
    public void Strike()
    {
        if (random.OneIn(4))
        {
            InjureAll();
            return;
        }

        var node = world.Nodes[random.NextBelow(world.NodeCount)];
        if (random.OneIn(4))
        {
            InjureHead(node);
            return;
        }

        if (random.OneIn(2) || !InjureAnywhere(node))
        {
            InjureMiddle(node);
        }
    }

    /// <summary>Every node at once, each in another place where that can be. Returns how many.</summary>
    public int InjureAll()
    {
        var injured = 0;
        foreach (var node in world.Nodes)
        {
            injured += InjureMiddle(node) ? 1 : 0;
        }

        return injured;
    }

    /// <summary>On some node, in the middle of its log, another of its batches stands where one was
    /// synced.</summary>
    public bool Misdirect(SimulatedNode node) => InjureMiddle(node, FaultKind.Misdirect);

    private bool InjureMiddle(SimulatedNode node, FaultKind kind = FaultKind.Damage)
    {
        var view = world.Checks.View(node.Index);
        var places = world.Checks.ImageOf(node.Index).Places;
        var choices = places.Count - LaterBatches;
        if (choices <= 0 || IsInjured(node.Index))
        {
            return false;
        }

        for (var tries = 0; tries < 8; tries++)
        {
            var at = random.NextBelow(choices);
            var around = Around(view, places, at);
            if (IsCommitted(view, around) && IsWholeElsewhere(node.Index, around)
                && !IsStruck(view, places, at - 1) && !IsStruck(view, places, at + 1))
            {
                world.Counts.Reached(
                    kind == FaultKind.Damage ? Mark.LogDamagedInside : Mark.BatchMisdirected);
                Injure(node, places[at], around, kind);
                return true;
            }
        }

        return false;
    }

    private bool InjureAnywhere(SimulatedNode node)
    {
        var view = world.Checks.View(node.Index);
        var places = world.Checks.ImageOf(node.Index).Places;
        if (places.Count == 0 || IsInjured(node.Index) || !Survival.MayLose(world, node.Index))
        {
            return false;
        }

        var at = places.Count - 1 - random.NextBelow(Math.Min(3, places.Count));
        if (!IsCommitted(view, places[at]))
        {
            return false;
        }

        world.Counts.Reached(Mark.LogDamagedAnywhere);
        Injure(node, places[at], Around(view, places, at), FaultKind.Damage);
        return true;
    }

    // A head costs nothing where another segment stands behind it. So nothing may be missed.
    private void InjureHead(SimulatedNode node)
    {
        var places = world.Checks.ImageOf(node.Index).Places;
        if (places.Count == 0 || IsInjured(node.Index))
        {
            return;
        }

        var file = places[random.NextBelow(places.Count)].File;
        if (file == places[^1].File || !IsFileWholeElsewhere(node.Index, file))
        {
            return;
        }

        world.Schedule.Crash(node, losesPower: true);
        node.Machine.LosePower();
        world.Counts.Fired(FaultKind.Damage);
        world.Counts.Reached(Mark.SegmentHeadDamaged);
        world.Checks.View(node.Index).WasInjured = true;
        _heads[node.Index] = file;
        node.Machine.FlipBit(file, random.NextBelow(HeadBytes), random.NextBelow(8));
        world.Log.Add(world.Now, TraceKind.LogDamaged, node.Index);
    }

    // The entries of a batch whose head is damaged are read by means of its neighbour's: both together would
    // cost more than the one that is struck.
    private bool IsStruck(NodeView view, IReadOnlyList<BatchPlace> places, int at) =>
        at >= 0 && at < places.Count && _struck.Contains((view.Node, view.Life, places[at]));

    // Two injuries at a time are more than anybody promises.
    private bool IsInjured(int node) =>
        world.Checks.View(node).Injured.Count > 0 || (_heads.TryGetValue(node, out var head)
            && world.Checks.ImageOf(node).Places.Any(place => place.File == head));

    private void Injure(SimulatedNode node, BatchPlace place, BatchPlace cost, FaultKind kind)
    {
        world.Schedule.Crash(node, losesPower: true);
        node.Machine.LosePower();
        world.Counts.Fired(kind);
        if (kind == FaultKind.Misdirect)
        {
            node.Machine.Disk.Misdirect(OtherThan(place, world.Checks.ImageOf(node.Index).Places), place);
        }

        for (var flips = kind == FaultKind.Damage ? 1 + random.NextBelow(3) : 0; flips > 0; flips--)
        {
            var offset = place.Offset + random.NextBelow(place.Length);
            node.Machine.FlipBit(place.File, offset, random.NextBelow(8));
        }

        var view = world.Checks.View(node.Index);
        view.WasInjured = true;
        view.Injured.Add((place, cost));
        _struck.Add((view.Node, view.Life, place));
        world.Log.Add(
            world.Now, TraceKind.LogDamaged, node.Index, -1, (long)place.First, (long)place.Last,
            place.Offset);
    }

    // One as long as it, if there is one: nothing of the old one is left then.
    private BatchPlace OtherThan(BatchPlace place, IReadOnlyList<BatchPlace> all)
    {
        var first = random.NextBelow(all.Count);
        BatchPlace? other = null;
        for (var i = 0; i < all.Count; i++)
        {
            var one = all[(first + i) % all.Count];
            if (one != place && (other is null || one.Length == place.Length))
            {
                other = one;
                if (one.Length == place.Length)
                {
                    break;
                }
            }
        }

        return other ?? place;
    }

    private bool IsCommitted(NodeView view, BatchPlace place)
    {
        var committed = world.Checks.CommittedEntries;
        return place.Last <= committed.Last && place.Last <= view.Durable.Last
            && view.Durable.ChainAt(place.Last) == committed.ChainAt(place.Last);
    }

    // The first head behind freed segments may cost all entries of its segment: a lone voter has nobody to
    // repair them.
    private bool IsFileWholeElsewhere(int node, string file)
    {
        var view = world.Checks.View(node);
        var places = world.Checks.ImageOf(node).Places;
        for (var i = 0; i < places.Count; i++)
        {
            var place = Around(view, places, i);
            if (place.File == file && !(IsCommitted(view, place) && IsWholeElsewhere(node, place)))
            {
                return false;
            }
        }

        return true;
    }

    // What a batch may cost besides its own entries. Those before it that no earlier batch calls committed:
    // it may have cut them, so recovery takes them for lost as well; they are at most those of two places,
    // but for rare cases. And those up to the next place: of a batch that outlived a crash without having
    // been synced no place is known.
    private static BatchPlace Around(NodeView view, IReadOnlyList<BatchPlace> places, int at)
    {
        var place = places[at];
        var first = at > 1 ? places[at - 2].First : view.DurableBase + 1;
        var behind = at + 1 < places.Count ? places[at + 1].First : view.Durable.Last + 1;
        return place with
        {
            First = Math.Min(place.First, first),
            Last = Math.Max(place.Last, behind - 1),
        };
    }

    // What a log no longer holds only the state has.
    private static bool HoldsItsState(NodeView view, BatchPlace place) =>
        place.First > view.Base || (!view.IsStateInjured && !view.Status.IsStateMissing);

    private bool IsBehindInjuredHead(int node, BatchPlace place)
    {
        if (!_heads.TryGetValue(node, out var head))
        {
            return false;
        }

        foreach (var one in world.Checks.ImageOf(node).Places)
        {
            if (one.File == head && one.First <= place.Last && place.First <= one.Last)
            {
                return true;
            }
        }

        return false;
    }

    // In every membership that there may be: whoever leaves it gives nothing back. Of a change that is asked
    // for and in no log yet nobody knows to whom it leads.
    private bool IsWholeElsewhere(int node, BatchPlace place) =>
        world.Wishes.Changes == 0 && world.Checks.MembershipsToCome()
            .All(membership => IsWholeElsewhere(membership, node, place));

    private bool IsWholeElsewhere(Membership membership, int node, BatchPlace place)
    {
        foreach (var voter in membership.Voters)
        {
            var (member, other) = (membership.Find(voter)!, (int)voter.Value - 1);
            if (other == node || !Survival.IsCounted(world, member))
            {
                continue;
            }

            var view = world.Checks.View(other);
            var isWhole = IsCommitted(view, place) && !view.Status.IsUnsure && !view.Status.IsTreatedAsWiped
                && !view.Injured.Exists(one => one.Cost.First <= place.Last && place.First <= one.Cost.Last)
                && !IsBehindInjuredHead(other, place) && HoldsItsState(view, place);
            if (isWhole)
            {
                return true;
            }
        }

        return false;
    }
}
