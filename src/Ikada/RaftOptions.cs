using System.Text.Json;
using Ikada.Node;
using Ikada.Sessions;
using Ikada.Transport;

namespace Ikada;

/// <summary>The settings of a node of a group. With none but <see cref="DataDirectory"/> it is a group of
/// one.</summary>
public sealed class RaftOptions
{
    /// <summary>The name of this node, its own in the group. It is part of its identity: the directory of one
    /// node cannot be opened under another name. Default: the machine's name.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>The name of the group; nodes of differently named groups refuse each other. Default:
    /// "ikada".</summary>
    public string Cluster { get; set; } = "ikada";

    /// <summary>Where the log and the snapshots are; made if missing, for this node alone. Must be
    /// set.</summary>
    public string DataDirectory { get; set; } = string.Empty;

    /// <summary>Where this node listens for the others: address:port. A port of 0 takes any free one.
    /// Default: the address of this node in <see cref="InitialMembers"/>, else 127.0.0.1 with any
    /// port.</summary>
    public string? Listen { get; set; }

    /// <summary>
    /// The nodes that the group starts with, each with the address where the others reach it (host:port), the
    /// same on every one of them. Read for a new directory only: later the log says who the members are.
    /// Default: this node alone.
    /// </summary>
    public IDictionary<string, string> InitialMembers { get; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Where the others reach this node: host:port. Set to another address than the group knows, it
    /// tells the group so; move one node at a time. Default: its address in
    /// <see cref="InitialMembers"/>, else <see cref="Listen"/>. Must be set for a node that joins
    /// (<see cref="Join"/>) where <see cref="Listen"/> is no address of one interface with a port.</summary>
    public string? Address { get; set; }

    /// <summary>
    /// Addresses (host:port) of any members of a group that runs. A new directory then joins that group, as a
    /// learner first, and founds none; <see cref="InitialMembers"/> must be empty. Once the node has joined,
    /// only the log counts. Default: none.
    /// </summary>
    public IList<string> Join { get; } = [];

    /// <summary>What a node that joins, or comes back after its disk was lost, is to be. Default: a voter,
    /// which it becomes by itself once it has caught up.</summary>
    public JoinRole JoinAs { get; set; } = JoinRole.Voter;

    /// <summary>Whether nodes that ask for it are let in, and promoted, while this node leads. Set it alike
    /// on all nodes. Without <see cref="Tls"/>, whoever reaches the port may ask. Without this, nodes are
    /// added by <see cref="Members"/> alone, those with a lost disk too. Default true.</summary>
    public bool AcceptsJoins { get; set; } = true;

    /// <summary>How often a leader shows that it lives. Default 100 ms.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a follower hears nothing before it tries to be elected, at least; up to twice as
    /// long, at random. A leader whose connections close is replaced sooner. Default 1 s; at least 5
    /// heartbeat intervals.</summary>
    public TimeSpan ElectionTimeout { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How commands and results of a typed state machine are written as JSON. Must be set where the
    /// program has no reflection (native AOT): to the Options of a JsonSerializerContext. Default: the web
    /// defaults.</summary>
    public JsonSerializerOptions? Json { get; set; }

    /// <summary>
    /// The bounds of the sessions by which a command that has to be sent again is applied exactly once (diss.
    /// §6.3); the table of sessions is part of the replicated state. Null: without sessions; then a command
    /// whose leader is lost ends as <see cref="OutcomeStatus.Unknown"/>. With sessions or without is decided
    /// when the group is made, the same on all nodes: what is in the log and the snapshots depends on it.
    /// Default: with, and up to 4096 commands of this node under way.
    /// </summary>
    public SessionOptions? Sessions { get; set; } = new() { CommandsPerSessionMax = 4096 };

    /// <summary>Whether the states of the members are compared, by the hashes that their machines give
    /// (<see cref="StateMachine.IStateMachine.StateHash"/>), and one that a majority contradicts is
    /// quarantined and rebuilt. Off for a machine whose hash sound nodes do not have in common. The same on
    /// all nodes. Default true.</summary>
    public bool ComparesStates { get; set; } = true;

    /// <summary>How often the members compare all that their machines have stored, which finds bytes that rot
    /// where they lie: each reads its whole state, in the background. Only for a machine of which the same
    /// state gives the same snapshot, byte by byte, on every node. The leader's counts. Default zero: never;
    /// else at least 10 ms.</summary>
    public TimeSpan ScrubInterval { get; set; }

    /// <summary>TLS between the nodes: all of them or none. Default null: plain text, for networks that are
    /// trusted themselves.</summary>
    public PeerTlsOptions? Tls { get; set; }

    /// <summary>The limits of the connections between the nodes.</summary>
    public ConnectionOptions Connections { get; set; } = new();

    /// <summary>All that is seldom set: limits, snapshots, log. <see cref="HeartbeatInterval"/>,
    /// <see cref="ElectionTimeout"/>, <see cref="ComparesStates"/> and <see cref="ScrubInterval"/> above
    /// replace those in it.</summary>
    public NodeOptions Node { get; set; } = new();

    /// <summary>Only an operator adds members; by itself a node comes back, and no other gets in. The ids of
    /// members and what is told of them are the operator's too.</summary>
    internal bool OperatorsAdd { get; init; }

    internal const int NameLengthMax = 255;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        string.IsNullOrWhiteSpace(Name) ? "RaftOptions.Name is empty; it must name this node"
            : string.IsNullOrWhiteSpace(Cluster) ? "RaftOptions.Cluster is empty; it must name the group"
            : string.IsNullOrWhiteSpace(DataDirectory)
                ? "RaftOptions.DataDirectory is empty; it must name a directory that is this node's alone"
            : NameProblem(nameof(Name), Name) ?? NameProblem(nameof(Cluster), Cluster)
                ?? MembersProblem() ?? ListenProblem() ?? JoinProblem() ?? Sessions?.Validate()
                ?? NodeSettings.Of(this).Validate() ?? ConnectionsProblem();

    private string? ConnectionsProblem()
    {
        var problem = Connections.Validate() ?? NodeSettings.TransportOf(
            this, new Log.DirectoryIdentity(default, default, default, default), NodeSettings.Of(this))
            .Validate();
        return problem is null ? null : $"RaftOptions.Connections: {problem}";
    }

    private static string? NameProblem(string option, string name) =>
        name.Length > NameLengthMax || name.Any(char.IsControl)
            ? $"RaftOptions.{option} has {name.Length} characters; it must have at most {NameLengthMax}, "
                + "none of them a control character"
            : null;

    private string? MembersProblem()
    {
        if (InitialMembers.Count > 0 && !InitialMembers.ContainsKey(Name))
        {
            return $"RaftOptions.InitialMembers has no '{Name}' (RaftOptions.Name): it names "
                + $"{string.Join(", ", InitialMembers.Keys)}; it must name this node too";
        }

        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, address) in InitialMembers)
        {
            if (string.IsNullOrWhiteSpace(name) || !Addresses.TryParse(address, out _))
            {
                return $"RaftOptions.InitialMembers has '{name}' at '{address}'; it must be a name with "
                    + "host:port, as in 10.0.0.1:5400";
            }

            if (!seen.TryAdd(address, name))
            {
                return $"RaftOptions.InitialMembers has '{seen[address]}' and '{name}' both at {address}; "
                    + "each needs an address of its own";
            }
        }

        return null;
    }

    private string? JoinProblem()
    {
        foreach (var address in Join)
        {
            if (!Addresses.TryParse(address, out _))
            {
                return $"RaftOptions.Join has '{address}'; it must be the host:port of a member, as in "
                    + "10.0.0.1:5400";
            }
        }

        return Address is not null && !Addresses.TryParse(Address, out _)
            ? $"RaftOptions.Address is '{Address}'; it must be host:port, as in 10.0.0.1:5400"
            : Join.Count > 0 && InitialMembers.Count > 0
            ? $"RaftOptions.Join has {string.Join(", ", Join)} and RaftOptions.InitialMembers has "
                + $"{string.Join(", ", InitialMembers.Keys)}; a node either joins a group or founds one: "
                + "clear one of the two"
            : Join.Count > 0 && NodeSettings.AddressOf(this) is null
            ? $"RaftOptions.Listen is '{Listen}', which does not say where the members reach this node; set "
                + "RaftOptions.Address to host:port"
            : null;
    }

    private string? ListenProblem() =>
        Listen is null || Addresses.TryParseListen(Listen, out _) ? null
            : $"RaftOptions.Listen is '{Listen}'; it must be address:port, as in 0.0.0.0:5400 (a name other "
                + "than localhost does not say which interface is meant)";
}
