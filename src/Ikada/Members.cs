using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada;

/// <summary>
/// The members of the group, and how they change (diss. §4). The leader makes the changes; other nodes pass
/// them on to it. Each waits its turn behind the one before, until cancelled.
/// </summary>
public sealed class Members
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);
    private readonly RaftNode _node;
    private readonly WishSender _wishes;
    private readonly string _cluster;

    internal Members(RaftNode node, Inquiries inquiries, string cluster) =>
        (_node, _wishes, _cluster) = (node, new WishSender(node, inquiries), cluster);

    /// <summary>Those of the membership in force, by name.</summary>
    public IReadOnlyList<RaftMember> Current
    {
        get
        {
            var membership = _node.Membership;
            var members = new List<RaftMember>();
            foreach (var member in membership.Members)
            {
                members.Add(NodeSettings.MemberOf(membership, member.Id)!);
            }

            members.Sort((one, other) => string.CompareOrdinal(one.Name, other.Name));
            return members;
        }
    }

    /// <summary>Adds a node that receives everything and does not vote. Its process may be started before or
    /// after. A name that is a member's already comes back anew: its directory was lost.</summary>
    /// <exception cref="MembershipException">It was refused; says why, and who leads.</exception>
    public Task AddLearnerAsync(string name, string address, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        CheckAddress(address);
        return ChangeAsync($"add {name}", cancellation, new MemberChange(MemberChangeKind.Learner, Id(name))
        {
            Attributes = new MemberAttributes(name, address).Encode(), ForgetsIncarnation = true,
        });
    }

    /// <summary>Tells the group that a member is reached elsewhere from now on. Its directory stays, and so
    /// does its id. A node that is started with another <see cref="RaftOptions.Address"/> does this by
    /// itself.</summary>
    /// <param name="name">The member.</param>
    /// <param name="address">Where the others reach it: host:port.</param>
    /// <param name="cancellation">Waits no longer; the change may still be made.</param>
    /// <exception cref="ArgumentException">The address is no host:port.</exception>
    /// <exception cref="MembershipException">Nobody is called that, another member has the address, or it was
    /// refused; says why, and who leads.</exception>
    public Task UpdateAsync(string name, string address, CancellationToken cancellation = default)
    {
        CheckAddress(address);
        var id = Existing(name);
        if (MemberAt(address) is { } other && other.Id != id)
        {
            throw new MembershipException(
                $"the address {address} is that of {other.Name}: each node needs its own.");
        }

        return ChangeAsync($"update {name}", cancellation, new MemberChange(MemberChangeKind.Update, id)
        {
            Attributes = new MemberAttributes(name, address).Encode(),
        });
    }

    /// <summary>Makes a learner a voter, once it has caught up.</summary>
    /// <exception cref="MembershipException">It was refused; says why, and who leads.</exception>
    public Task PromoteAsync(string name, CancellationToken cancellation = default) =>
        ChangeAsync(
            $"promote {name}", cancellation, new MemberChange(MemberChangeKind.Voter, Existing(name)));

    /// <summary>Removes a member. Removed is also who leads: it steps down when that is committed.</summary>
    /// <exception cref="MembershipException">It was refused; says why, and who leads.</exception>
    public Task RemoveAsync(string name, CancellationToken cancellation = default) =>
        ChangeAsync(
            $"remove {name}", cancellation, new MemberChange(MemberChangeKind.Remove, Existing(name)));

    /// <summary>Puts a new node in the place of one that is lost: added as a learner, and once it has caught
    /// up it votes and the other leaves, in one joint change (diss. §4.3).</summary>
    /// <exception cref="MembershipException">It was refused; says why, and who leads.</exception>
    public async Task ReplaceAsync(
        string lost, string name, string address, CancellationToken cancellation = default)
    {
        var gone = Existing(lost);
        await AddLearnerAsync(name, address, cancellation).ConfigureAwait(false);
        await ChangeAsync(
            $"replace {lost} by {name}",
            cancellation,
            new MemberChange(MemberChangeKind.Voter, Id(name)),
            new MemberChange(MemberChangeKind.Remove, gone)).ConfigureAwait(false);
    }

    /// <summary>Hands leadership over (diss. §3.10), to the voter that is best placed if none is named.
    /// </summary>
    /// <exception cref="MembershipException">It did not happen; says why.</exception>
    public async Task TransferLeadershipAsync(string? name = null, CancellationToken cancellation = default)
    {
        var target = name is null ? NodeId.None : Existing(name);
        var (outcome, leader) = await _node.TransferLeadershipAsync(target, cancellation)
            .ConfigureAwait(false);
        if (outcome is not (TransferOutcome.Done or TransferOutcome.AlreadyLeads))
        {
            throw new MembershipException(
                $"leadership was not handed to {name ?? "anybody"}: {outcome}.{LeaderNote(leader)}");
        }
    }

    private async Task ChangeAsync(
        string what, CancellationToken cancellation, params MemberChange[] members)
    {
        var change = new MembershipChange { Members = members };
        while (true)
        {
            var answer = await _wishes.SendAsync(change, cancellation).ConfigureAwait(false);
            var text = answer.Text;
            switch (answer.Status)
            {
                case AnswerStatus.Done:
                    return;
                case AnswerStatus.Unknown:
                    cancellation.ThrowIfCancellationRequested();
                    throw new MembershipException(
                        $"it is not known whether '{what}' was done: {text}. Look at Members.Current, and "
                            + "ask again if need be.");
                case AnswerStatus.Refused:
                    throw new MembershipException($"'{what}' was refused: {text}.");
                default:
                    await Task.Delay(RetryDelay, cancellation).ConfigureAwait(false);
                    break;
            }
        }
    }

    private RaftMember? MemberAt(string address) => Current.FirstOrDefault(
        member => string.Equals(member.Address, address, StringComparison.OrdinalIgnoreCase));

    private static void CheckAddress(string address)
    {
        if (!Addresses.TryParse(address, out _))
        {
            throw new ArgumentException($"'{address}' is no host:port, as in 10.0.0.1:5400", nameof(address));
        }
    }

    private NodeId Id(string name) => NodeSettings.IdOf(name, _cluster);

    private NodeId Existing(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        foreach (var member in Current)
        {
            if (member.Name == name)
            {
                return member.Id;
            }
        }

        throw new MembershipException(
            $"'{name}' is no member; they are {string.Join(", ", Current.Select(member => member.Name))}.");
    }

    private string LeaderNote(NodeId leader) =>
        NodeSettings.MemberOf(_node.Membership, leader) is { } member && leader != _node.Status.Self
            ? $" Ask the leader, {member}." : string.Empty;
}

/// <summary>The membership was not changed, or it is not known; the message says why and what to
/// do.</summary>
public sealed class MembershipException(string message) : Exception(message);
