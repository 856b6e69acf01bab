using System.Diagnostics;

namespace Ikada.Bench.Clusters;

/// <summary>
/// A network whose members can be cut off: each server is in a network namespace of its own, joined to the
/// others
/// and to us by a bridge. Needs root and <c>ip</c>. Nothing tells a server that its link is down: its packets
/// are
/// lost, as with a cable that was pulled behind a switch.
/// </summary>
internal sealed class NamespaceNetwork : IDisposable
{
    private readonly string _name = $"ib{Environment.ProcessId % 100_000}";
    private readonly int _size;

    public NamespaceNetwork(int size)
    {
        _size = size;
        try
        {
            Ip($"link add {_name} type bridge");
            Ip($"addr add {Prefix}.254/24 dev {_name}");
            Ip($"link set {_name} up");
            for (var i = 0; i < size; i++)
            {
                Ip($"netns add {Namespace(i)}");
                Ip($"link add {Link(i)} type veth peer name eth0 netns {Namespace(i)}");
                Ip($"link set {Link(i)} master {_name} up");
                Ip($"-n {Namespace(i)} addr add {Address(i)}/24 dev eth0");
                Ip($"-n {Namespace(i)} link set eth0 up");
                Ip($"-n {Namespace(i)} link set lo up");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    // Of the addresses that are for private use; one network is alive at a time.
    private static string Prefix => "10.213.87";

    public static string Address(int server) => $"{Prefix}.{server + 1}";

    /// <summary>What is to stand before a program to run it there.</summary>
    public string[] Entering(int server) => ["ip", "netns", "exec", Namespace(server)];

    public void Cut(int server) => Ip($"link set {Link(server)} nomaster");

    public void Join(int server) => Ip($"link set {Link(server)} master {_name}");

    public void Dispose()
    {
        for (var i = 0; i < _size; i++)
        {
            // What was not made cannot be removed: all is tried.
            Run($"link del {Link(i)}");
            Run($"netns del {Namespace(i)}");
        }

        Run($"link del {_name}");
    }

    private string Namespace(int server) => $"{_name}n{server}";

    private string Link(int server) => $"{_name}v{server}";

    private static void Ip(string arguments)
    {
        var (code, error) = Run(arguments);
        if (code != 0)
        {
            throw new BenchException($"ip {arguments}: {error} (a network of namespaces needs root)");
        }
    }

    private static (int Code, string Error) Run(string arguments)
    {
        var start = new ProcessStartInfo("ip", arguments) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
