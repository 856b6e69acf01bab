using Ikada.Sessions;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>That clients have sessions.</summary>
/// <param name="Bounds">Under which bounds they are opened; null: each seed draws some.</param>
/// <param name="Around">Stands before each node's machine with sessions: mistakes that are planted to see
/// whether they are found; null: nothing.</param>
internal sealed record SessionPlan(SessionOptions? Bounds, Func<IStateMachine, IStateMachine>? Around = null);
