using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Operators;

/// <summary>
/// The wishes under way. I44: each ends exactly once, unless its node stops. A change that is told to be
/// applied stands in the committed log.
/// </summary>
internal sealed class Wishes
{
    public const string OnceProperty = "I44 every wish ends, and once";
    public const string AppliedProperty = "I21 an acknowledged change is committed";
    private readonly List<Wish> _underWay = [];
    private long _number;

    /// <summary>How many wishes for changes have not ended.</summary>
    public int Changes { get; private set; }

    /// <summary>Those that have not ended.</summary>
    public IReadOnlyList<Wish> UnderWay => _underWay;

    public void Change(World world, SimulatedNode node, MembershipChange change)
    {
        var wish = new Wish { Number = ++_number, Node = node.Index, Change = change };
        Changes++;
        Add(world, node, wish, NodeInputKind.ChangeWished);
    }

    public void Transfer(World world, SimulatedNode node, NodeId target)
    {
        var wish = new Wish { Number = ++_number, Node = node.Index, Target = target };
        Add(world, node, wish, NodeInputKind.TransferWished);
    }

    /// <summary>A change was applied or refused, or nobody knows.</summary>
    public void Ended(World world, Wish wish, in WriteOutcome outcome)
    {
        End(wish);
        world.Log.Add(
            world.Now, TraceKind.ChangeEnded, wish.Node, -1, wish.Number, (long)outcome.Kind,
            (long)outcome.Refusal, (long)outcome.Position.Index.Value);
        if (outcome.Kind != OutcomeKind.Applied)
        {
            world.Counts.ChangesRefused += outcome.Kind == OutcomeKind.Refused ? 1 : 0;
            return;
        }

        world.Counts.ChangesApplied++;
        var (index, term) = (outcome.Position.Index.Value, outcome.Position.Term.Value);
        Committed(wish, world.Checks.CommittedEntries, index, term);
    }

    /// <summary>A transfer ended.</summary>
    public void Ended(World world, Wish wish, TransferOutcome outcome)
    {
        End(wish);
        world.Counts.Transfers += outcome == TransferOutcome.Done ? 1 : 0;
        world.Log.Add(
            world.Now, TraceKind.TransferEnded, wish.Node, -1, wish.Number, (long)wish.Target.Value,
            (long)outcome);
    }

    /// <summary>A node's process is gone, and with it what was wished there.</summary>
    public void NodeStopped(int node)
    {
        for (var i = _underWay.Count - 1; i >= 0; i--)
        {
            if (_underWay[i].Node == node)
            {
                End(_underWay[i]);
            }
        }
    }

    /// <summary>A change is told to stand at an index.</summary>
    internal static void Committed(Wish wish, LogMirror committed, ulong index, ulong term)
    {
        if (!committed.Holds(index, term) || committed.At(index).Kind != EntryKind.Membership)
        {
            throw new PropertyViolatedException(
                AppliedProperty,
                $"n{wish.Node + 1} tells that change {wish.Number} was applied at {term}/{index}; the "
                + "committed log "
                + (committed.Holds(index, term) ? $"holds an entry of kind {committed.At(index).Kind} there"
                    : $"ends at {committed.Last} or has another term there"));
        }
    }

    internal void End(Wish wish)
    {
        if (wish.IsEnded)
        {
            throw new PropertyViolatedException(
                OnceProperty, $"n{wish.Node + 1} ends wish {wish.Number} a second time");
        }

        wish.IsEnded = true;
        _underWay.Remove(wish);
        Changes -= wish.Change is null ? 0 : 1;
    }

    private void Add(World world, SimulatedNode node, Wish wish, NodeInputKind kind)
    {
        _underWay.Add(wish);
        var first = wish.Change is { Members.Count: > 0 } change ? change.Members[0] : default;
        world.Log.Add(
            world.Now, kind == NodeInputKind.ChangeWished ? TraceKind.ChangeAsked : TraceKind.TransferAsked,
            node.Index, -1, wish.Number,
            wish.Change is null ? (long)wish.Target.Value : (long)wish.Change.Mode,
            (long)first.Kind, (long)first.Id.Value);
        node.Deliver(new NodeInput(kind, -1, wish));
    }
}
