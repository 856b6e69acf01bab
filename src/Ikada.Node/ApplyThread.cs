using Ikada.Replica;
using Ikada.StateMachine;

namespace Ikada.Node;

/// <summary>The thread of the state machine: a slow command delays neither heartbeats nor the disk.</summary>
internal sealed class ApplyThread(IStateMachine machine, Inbox inbox)
    : WorkThread<ApplyRequest>("ikada-apply")
{
    protected override void Do(ApplyRequest work)
    {
        work.Execute(machine);
        inbox.Post(InboxItem.Of(work));
    }

    protected override void Failed(ApplyRequest work, Exception error) => inbox.Post(InboxItem.Failure(
        new NodeStoppedException(
            $"the state machine failed while applying {work.Count} commands up to index {work.UpTo}; "
            + $"it cannot go on consistently: {error.Message}",
            error)));
}
