using Ikada.Consensus;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Transport;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>
/// A node of a program that gives its members their ids itself and lets operators add them, as a server does.
/// Like a node of <see cref="Raft.StartAsync"/> it asks before it founds a group, comes back by itself after
/// its disk was lost, and passes changes of the membership on to the leader.
/// </summary>
public sealed class ClusterNode : IAsyncDisposable
{
    // Groups of servers are told apart by the ids of their directories.
    private const string ClusterName = "cluster";

    private readonly StartedNode _started;
    private readonly WishSender _wishes;

    private ClusterNode(StartedNode started) =>
        (_started, _wishes) = (started, new WishSender(started.Node, started.Inquiries));

    /// <summary>The node.</summary>
    public RaftNode Node => _started.Node;

    /// <summary>How the connections to the others stand.</summary>
    public IReadOnlyList<PeerStatus> Peers => _started.Transport.Peers;

    /// <summary>Starts over an open directory. One that joins waits until the leader knows it.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="machine">The state machine.</param>
    /// <param name="disk">The directory.</param>
    /// <param name="loggers">Takes the logs.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="RaftJoinException">It is not let in; says why.</exception>
    /// <exception cref="LogLostException">A vote is lost: the caller starts the directory over, or gives
    /// up.</exception>
    /// <exception cref="LogOpenException">Log or snapshots cannot be opened.</exception>
    /// <exception cref="DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">An address is in use.</exception>
    public static async Task<ClusterNode> StartAsync(
        ClusterNodeOptions options,
        StateMachine.IStateMachine machine,
        IDisk disk,
        ILoggerFactory loggers,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var plan = new NodePlan(
            RaftOptionsOf(options), options.Node, options.Transport, options.Directory, options.Founders,
            options.Told);
        return new ClusterNode(
            await plan.StartAsync(machine, disk, loggers, null, cancellation).ConfigureAwait(false));
    }

    /// <summary>Asks a member who belongs to the group, before there is a directory.</summary>
    /// <param name="name">The name of the one who asks, for messages.</param>
    /// <param name="address">Of the member: host:port, with http:// or https:// before it or not.</param>
    /// <param name="group">Its group: <see cref="NodeOptions.Group"/>.</param>
    /// <param name="transport">How to connect.</param>
    /// <param name="loggers">Takes the logs.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task<InquiryResult> LookAsync(
        string name, string address, GroupId group, TransportOptions transport, ILoggerFactory loggers,
        CancellationToken cancellation) =>
        Addresses.TryParse(address, out var endPoint)
            ? new PeerInquirer(transport, loggers).AskAsync(
                endPoint, group, new Question(QuestionKind.Look, ClusterName) { Name = name }, cancellation)
            : Task.FromResult(new InquiryResult(null, WasSent: false, $"'{address}' is no host:port"));

    /// <summary>Tries once to change the membership, on this node or on the leader. What is done stands in
    /// the membership here as well.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    public Task<Answer> ChangeMembershipAsync(
        MembershipChange change, CancellationToken cancellation) => _wishes.SendAsync(change, cancellation);

    /// <summary>Hands leadership over, ends what is under way and seals the log.</summary>
    public ValueTask DisposeAsync() => _started.DisposeAsync();

    private static RaftOptions RaftOptionsOf(ClusterNodeOptions options)
    {
        var made = new RaftOptions
        {
            Name = options.Name, Cluster = ClusterName, JoinAs = JoinRole.Learner, OperatorsAdd = true,
            ElectionTimeout = options.Node.Consensus.ElectionTimeout, Address = options.Address,
            Node = options.Node,
        };
        foreach (var founder in options.Founders.Members)
        {
            if (NodeSettings.MemberOf(options.Founders, founder.Id) is { } member)
            {
                made.InitialMembers.Add(
                    founder.Id == options.Directory.Node ? options.Name : member.Name, member.Address);
            }
        }

        foreach (var address in options.Join)
        {
            made.Join.Add(address);
        }

        return made;
    }
}

/// <summary>The settings of a <see cref="ClusterNode"/>.</summary>
public sealed record ClusterNodeOptions
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the others reach it: host:port, with http:// or https:// before it or not.</summary>
    public required string Address { get; init; }

    /// <summary>Its directory, opened.</summary>
    public required DirectoryIdentity Directory { get; init; }

    /// <summary>The settings of the node.</summary>
    public required NodeOptions Node { get; init; }

    /// <summary>Those of its connections; <see cref="TransportOptions.Answers"/> is replaced.</summary>
    public required TransportOptions Transport { get; init; }

    /// <summary>The base of a new log, with <see cref="MemberAttributes"/>. Nobody: it joins.</summary>
    public Membership Founders { get; init; } = Membership.Empty;

    /// <summary>Where members are reached, for one that joins.</summary>
    public IReadOnlyList<string> Join { get; init; } = [];

    /// <summary>Who belongs to the group, as a member has told.</summary>
    public Membership Told { get; init; } = Membership.Empty;
}
