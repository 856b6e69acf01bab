using Ikada.Replica;
using Ikada.StateMachine;

namespace Ikada.Node;

/// <summary>The thread of the state machine: a slow command delays neither heartbeats nor the disk.</summary>
internal sealed class ApplyThread(IStateMachine machine, Inbox inbox)
    : WorkThread<MachineWork>("ikada-apply")
{
    protected override void Do(MachineWork work)
    {
        work.Execute(machine);
        inbox.Post(InboxItem.Of(work));
    }

    protected override void Failed(MachineWork work, Exception error) => inbox.Post(InboxItem.Failure(
        new NodeStoppedException(
            $"the state machine failed while {work.What}; it cannot go on consistently: {error.Message}",
            error)));
}
