using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>
/// The reference copies of one run. The first executes what is committed as soon as a node applies it, and
/// leaves the trail. Each node has one more that follows it at a distance, only as far as its queries need,
/// so that they are answered from the very state that the node stands at.
/// </summary>
internal sealed class References
{
    private readonly ClusterPlan _plan;
    private readonly MachineFactory _factory;
    private readonly List<CommittedCommand?> _history = [null];
    private readonly ReferenceCopy _first;
    private readonly Dictionary<int, ReferenceCopy> _followers = [];

    public References(ClusterPlan plan, MachineFactory factory)
    {
        (_plan, _factory) = (plan, factory);
        _first = new ReferenceCopy(plan, factory.Make());
        Note(default, default, () => "in the empty state machine");
    }

    /// <summary>What the machine was at each index.</summary>
    public Trail Trail { get; } = new();

    /// <summary>The highest index that any node applied.</summary>
    public ulong Last => _first.Index;

    /// <summary>The next committed command. Returns its result.</summary>
    public ReadOnlyMemory<byte> Execute(in CommittedCommand command)
    {
        Stands(command.Index.Value - 1);
        _history.Add(command);
        var result = _first.Execute(command);
        Note(command.Body, result);
        return result;
    }

    /// <summary>No command comes up to an index.</summary>
    public void Stands(ulong index)
    {
        while (_first.Index < index)
        {
            _history.Add(null);
            _first.Pass();
            Note(default, default);
        }
    }

    /// <summary>A copy that stands where a node stands.</summary>
    public ReferenceCopy At(int node, ulong index)
    {
        if (_first.Index == index)
        {
            return _first;
        }

        if (!_followers.TryGetValue(node, out var follower) || follower.Index > index)
        {
            _followers[node] = follower = new ReferenceCopy(_plan, _factory.Make());
        }

        while (follower.Index < index)
        {
            if (_history[(int)follower.Index + 1] is { } command)
            {
                follower.Execute(command);
            }
            else
            {
                follower.Pass();
            }
        }

        return follower;
    }

    private void Note(ReadOnlyMemory<byte> command, ReadOnlyMemory<byte> result) =>
        Note(command, result, () => "after " + Described(_first.Index));

    private void Note(ReadOnlyMemory<byte> command, ReadOnlyMemory<byte> result, Func<string> state)
    {
        UserCode.Run(
            KitProperties.Captures, () => $"the reference copy, {state()}",
            () => Trail.Add(_first.Machine, command.Span, result.Span));
        UserCode.Holds(_plan, _first.Machine, state);
    }

    /// <summary>An index and its command, for a message.</summary>
    public string Described(ulong index) => _history[(int)index] is { } command
        ? $"index {index}, {_plan.TextOf(command.Body.ToArray())}" : $"index {index}";
}
