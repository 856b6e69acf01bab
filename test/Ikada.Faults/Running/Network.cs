using System.Net.NetworkInformation;

namespace Ikada.Faults.Running;

/// <summary>
/// A bridge with a network namespace for each node, made within a namespace that is this process's own, as
/// its mounts and process ids are: whatever becomes of the process, all of it goes with it.
/// </summary>
internal sealed class Network
{
    private readonly int _nodes;

    private Network(int nodes) => _nodes = nodes;

    /// <summary>Of a node, from 0 on.</summary>
    public static string AddressOf(int node) => $"10.99.0.{node + 1}";

    public static string NamespaceOf(int node) => $"n{node + 1}";

    /// <exception cref="InvalidOperationException">The network is not this process's own, or cannot be
    /// made.</exception>
    public static async Task<Network> MakeAsync(int nodes)
    {
        if (NetworkInterface.GetAllNetworkInterfaces().Any(
            one => one.NetworkInterfaceType != NetworkInterfaceType.Loopback))
        {
            throw new InvalidOperationException(
                "this is a network that others use; start it by test/faults, which makes one of its own");
        }

        // The names of namespaces are files: in a file system of our own.
        await ShellAsync(
            "mkdir -p /run/netns; mount -t tmpfs none /run/netns; ip link set lo up; "
            + "ip link add br0 type bridge; ip addr add 10.99.0.254/24 dev br0; ip link set br0 up");
        for (var node = 0; node < nodes; node++)
        {
            var (name, link) = (NamespaceOf(node), $"v{node + 1}");
            await ShellAsync(
                $"ip netns add {name}; ip link add {link} type veth peer name eth0 netns {name}; "
                + $"ip link set {link} master br0 up; ip -n {name} link set lo up; "
                + $"ip -n {name} addr add {AddressOf(node)}/24 dev eth0; ip -n {name} link set eth0 up");
            await InAsync(
                node,
                "nft",
                "table inet faults { set cut { type ipv4_addr; }; "
                + "chain in { type filter hook input priority 0; ip saddr @cut drop; }; "
                + "chain loss { type filter hook input priority 1; }; }");
        }

        return new Network(nodes);
    }

    /// <summary>What one node sends does not get to another one any more.</summary>
    public Task CutAsync(int from, int to) =>
        InAsync(to, "nft", "add", "element", "inet", "faults", "cut", $"{{ {AddressOf(from)} }}");

    /// <summary>Neither hears the other any more.</summary>
    public async Task PartAsync(int one, int other)
    {
        await CutAsync(one, other);
        await CutAsync(other, one);
    }

    /// <summary>A part of what other nodes send to a node is lost.</summary>
    public async Task LoseAsync(int node, int percent)
    {
        for (var other = 0; other < _nodes; other++)
        {
            await InAsync(
                node,
                "nft",
                "add", "rule", "inet", "faults", "loss", "ip", "saddr", AddressOf(other),
                "numgen", "random", "mod", "100", "<", $"{percent}", "drop");
        }
    }

    /// <summary>All that a node sends goes over a slow line.</summary>
    public Task SlowAsync(int node, int kilobits) => InAsync(
        node, "tc", "qdisc", "add", "dev", "eth0", "root", "tbf", "rate", $"{kilobits}kbit", "burst",
        "16kbit", "latency", "400ms");

    /// <summary>Ends whatever was done to the lines of a node.</summary>
    public async Task HealAsync(int node, bool isSlow)
    {
        await InAsync(node, "nft", "flush set inet faults cut; flush chain inet faults loss");
        if (isSlow)
        {
            await InAsync(node, "tc", "qdisc", "del", "dev", "eth0", "root");
        }
    }

    private static Task InAsync(int node, string program, params string[] arguments) =>
        Shell.RunAsync("ip", ["netns", "exec", NamespaceOf(node), program, .. arguments]);

    private static Task ShellAsync(string commands) => Shell.RunAsync("/bin/sh", "-e", "-c", commands);
}
