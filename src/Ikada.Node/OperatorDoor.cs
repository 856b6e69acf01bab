using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>Hands operators' wishes to the consensus thread, and waits for their end or that of the
/// member.</summary>
internal sealed class OperatorDoor(GroupMember member, Inbox inbox, Task ended)
{
    /// <summary>Another node is to lead.</summary>
    public async ValueTask<(TransferOutcome Outcome, NodeId Leader)> TransferAsync(
        NodeId target, CancellationToken cancellation)
    {
        var request = new PendingTransfer(target);
        inbox.Post(InboxItem.Of(member, request));
        await Task.WhenAny(request.Ended, ended).WaitAsync(cancellation).ConfigureAwait(false);
        return request.Ended.IsCompleted
            ? await request.Ended.ConfigureAwait(false)
            : (TransferOutcome.NotLeader, NodeId.None);
    }

    /// <summary>Every other founder has said that it holds nothing.</summary>
    public void FoundersAreNew() => inbox.Post(InboxItem.FoundersAreNew(member));

    /// <summary>A snapshot is to be taken.</summary>
    public async ValueTask<LogPosition> TakeSnapshotAsync(CancellationToken cancellation)
    {
        var wish = new PendingSnapshot();
        inbox.Post(InboxItem.Of(member, wish));
        await Task.WhenAny(wish.Taken, ended).WaitAsync(cancellation).ConfigureAwait(false);
        return wish.Taken.IsCompleted
            ? await wish.Taken.ConfigureAwait(false)
            : throw new NodeStoppedException("the node stopped before the snapshot was taken");
    }
}
