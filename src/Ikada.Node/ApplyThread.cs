using Ikada.Replica;

namespace Ikada.Node;

/// <summary>The thread of the state machines: a slow command delays neither heartbeats nor the disk. All
/// groups of the process share it.</summary>
internal sealed class ApplyThread(Inbox inbox) : WorkThread<MemberWork<MachineWork>>("ikada-apply")
{
    protected override void Do(MemberWork<MachineWork> item)
    {
        item.Work.Execute(item.Member.Machine);
        inbox.Post(InboxItem.Of(item.Member, item.Work));
    }

    protected override void Failed(MemberWork<MachineWork> item, Exception error) =>
        inbox.Post(InboxItem.Failure(new NodeStoppedException(
            $"the state machine{item.Member.Name} failed while {item.Work.What}; it cannot go on "
                + $"consistently: {error.Message}",
            error)));
}
