using Ikada.Primitives;
using Ikada.Simulation.Faults;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>What a user asked for: their state machine, its clients, what must hold, and in which
/// cluster.</summary>
internal sealed record ClusterPlan(Func<IStateMachine> Machine)
{
    public Func<ISequentialModel>? Model { get; init; }

    public int Clients { get; init; }

    public Func<RandomSource, byte[]>? Command { get; init; }

    public Func<RandomSource, byte[]>? Query { get; init; }

    public int QueryPercent { get; init; }

    public SessionPlan? Sessions { get; init; }

    public IReadOnlyList<StateInvariant> Invariants { get; init; } = [];

    public Func<byte[], string>? Text { get; init; }

    public int Nodes { get; init; } = 5;

    public int Seconds { get; init; } = 20;

    public FaultSet Faults { get; init; } = FaultSet.All;

    public int Jobs { get; init; }

    public Action<string>? Output { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>A request as a person reads it.</summary>
    public string TextOf(byte[] request)
    {
        try
        {
            return Text is null ? ReferenceCopy.Hex(request) : Text(request);
        }
#pragma warning disable CA1031 // What a message is made of must not hide what the message tells.
        catch (Exception thrown)
#pragma warning restore CA1031
        {
            return $"{ReferenceCopy.Hex(request)} (WithText throws {thrown.GetType().Name}: "
                + $"{thrown.Message})";
        }
    }
}

/// <summary>Something that holds of every state of a machine.</summary>
internal sealed record StateInvariant(string Name, Func<IStateMachine, bool> Holds);
