using Ikada.KeyValue;
using Ikada.Node;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>Tells the cluster this member's name and client URLs, once there is a leader, unless it knows
/// them already:
/// at bootstrap nobody knows the others' client URLs.</summary>
internal sealed class MemberPublisher(
    IReplicatedStore store, ServerIdentity identity, ServerOptions options, ILogger logger)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stop)
    {
        var urls = options.AdvertiseClientUrls.Select(ServerOptions.Text).ToArray();
        var member = new PublishedMember(identity.Member, options.Name, urls);
        try
        {
            // The log of a restarted member may hold it already: that is known once a barrier has passed.
            await store.ReadBarrierAsync(mayUseLease: false, stop);
            while (!IsKnown(member))
            {
                await store.ProposeAsync(KeyValueCommand.EncodePublishMember(member), stop);
                if (!IsKnown(member))
                {
                    await Task.Delay(RetryDelay, stop);
                }
            }

            ServerLog.Published(logger, member.Name, string.Join(',', urls));
        }
        catch (Exception end) when (end is OperationCanceledException or NodeStoppedException)
        {
            ServerLog.NotPublished(logger, member.Name);
        }
    }

    private bool IsKnown(PublishedMember member)
    {
        using var view = store.Hold();
        var known = view.PublishedMembers().FirstOrDefault(one => one.Id == member.Id);
        return known is not null && known.Name == member.Name
            && known.ClientUrls.SequenceEqual(member.ClientUrls);
    }
}
