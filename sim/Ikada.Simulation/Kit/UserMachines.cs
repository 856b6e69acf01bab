using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>
/// The user's state machines of one run: those of the nodes, and the copies that nothing ever happens to,
/// with which every node, result, answer and snapshot is compared.
/// </summary>
/// <param name="plan">What the user asked for.</param>
/// <param name="oneByOne">Whether machines get one command at a time, or batches as a node hands them
/// out.</param>
internal sealed class UserMachines(ClusterPlan plan, bool oneByOne)
{
    /// <summary>The longest request, in bytes. Simulated nodes have small logs and buffers, so that their
    /// bounds are met.</summary>
    public const int CommandBytesMax = 16 << 10;

    private readonly MachineFactory _factory = new(plan);
    private readonly Dictionary<ulong, ReadOnlyMemory<byte>> _results = [];
    private readonly Dictionary<ulong, List<ulong>> _taken = [];
    private References? _references;

    /// <summary>What the user asked for.</summary>
    public ClusterPlan Plan => plan;

    /// <summary>Whether machines get one command at a time.</summary>
    public bool OneByOne => oneByOne;

    /// <summary>The copies. Made when the world runs, so that what goes wrong there is a finding.</summary>
    public References References => _references ??= new References(plan, _factory);

    /// <summary>The machine of a node whose process starts.</summary>
    public IStateMachine Make(int node)
    {
        _ = References;
        return new ComparedMachine(plan, node, _factory.Make(), this);
    }

    /// <summary>The next committed command, which has an effect. Returns its result.</summary>
    public ReadOnlyMemory<byte> Execute(in CommittedCommand command) =>
        _results[command.Index.Value] = References.Execute(MachineCommand.Decode(command));

    /// <summary>The result that the command of an index must have; null: none has an effect there.</summary>
    public ReadOnlyMemory<byte>? ResultAt(ulong index) =>
        _results.TryGetValue(index, out var result) ? new ReadOnlyMemory<byte>?(result) : null;

    /// <summary>How many commands behind one index, up to another one, have an effect.</summary>
    public int EffectsWithin(ulong from, ulong upTo)
    {
        var effects = 0;
        for (var index = from + 1; index <= upTo; index++)
        {
            effects += _results.ContainsKey(index) ? 1 : 0;
        }

        return effects;
    }

    /// <summary>A snapshot was written.</summary>
    public void Taken(ulong bytes, ulong index)
    {
        if (!_taken.TryGetValue(bytes, out var indexes))
        {
            _taken[bytes] = indexes = [];
        }

        if (!indexes.Contains(index))
        {
            indexes.Add(index);
        }
    }

    /// <summary>Whether these bytes were written of the state of an index.</summary>
    public bool IsTaken(ulong bytes, ulong index) =>
        _taken.TryGetValue(bytes, out var indexes) && indexes.Contains(index);

    /// <summary>Of which index these bytes were written, for a message.</summary>
    public string TakenAt(ulong bytes) =>
        _taken.TryGetValue(bytes, out var indexes) ? $"index {string.Join(" or ", indexes)}" : "no index";

    /// <summary>Whether a client asks a query next.</summary>
    public bool IsQueryNext(RandomSource random) =>
        plan.Query is not null && random.NextBelow(100) < plan.QueryPercent;

    /// <summary>Draws a command.</summary>
    public byte[] DrawCommand(string whose, RandomSource random) =>
        Draw($"command of {whose}", plan.Command!, random);

    /// <summary>Draws a query.</summary>
    public byte[] DrawQuery(string whose, RandomSource random) =>
        Draw($"query of {whose}", plan.Query!, random);

    /// <summary>Draws a query for whatever a node has applied; null: the user asks none.</summary>
    public byte[]? DrawStaleQuery(RandomSource random) =>
        plan.Query is null ? null : Draw("query that may be stale", plan.Query, random);

    /// <summary>Whenever it was asked: the answer is that of the state which the node stands at.</summary>
    public void CompareAnswer(
        int node, LogIndex applied, byte[] query, string whose, ReadOnlySpan<byte> answer)
    {
        var copy = References.At(node, applied.Value);
        var found = answer.ToArray();
        UserCode.Run(
            KitProperties.AnswersAll, () => $"{plan.TextOf(query)} at index {applied}", () =>
            {
                var expected = copy.Answer(query);
                if (!expected.SequenceEqual(found))
                {
                    throw new PropertyViolatedException(
                        plan.Model is null ? KitProperties.Linearizable : KitProperties.Model,
                        $"n{node + 1} at index {applied} answers {ReferenceCopy.Hex(found)} to {whose}, "
                        + $"{plan.TextOf(query)}; {(plan.Model is null ? "a copy" : "the model")} that "
                        + $"was given the same commands answers {ReferenceCopy.Hex(expected)}");
                }
            });
    }

    /// <summary>All has healed, and a node stands where all do.</summary>
    public void Converged(int node, IStateMachine machine)
    {
        Invariant.Check(
            machine.AppliedIndex.Value == References.Last,
            $"n{node + 1} stands at index {machine.AppliedIndex}, the history at {References.Last}");
        References.Trail.CheckHash();
    }

    private static byte[] Draw(string what, Func<RandomSource, byte[]> draw, RandomSource random)
    {
        byte[]? body = null;
        // A source of its own: how often the user draws changes nothing else.
        var own = random.Split();
        UserCode.Run(KitProperties.RepeatableRequests, () => $"the {what}", () => body = draw(own));
        return body is { Length: <= CommandBytesMax } ? body : throw new PropertyViolatedException(
            KitProperties.RepeatableRequests,
            $"the {what} "
            + (body is null ? "is null" : $"has {body.Length} bytes; {CommandBytesMax} is the most"));
    }
}
