using System.Net;
using System.Net.Sockets;

namespace Ikada.Tests;

/// <summary>A group of nodes in this process, over loopback and a temporary directory.</summary>
internal sealed class Group : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-");
    private readonly SortedDictionary<string, string> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IRaft<Counter>> _nodes = [];

    public IReadOnlyDictionary<string, IRaft<Counter>> Nodes => _nodes;

    public IRaft<Counter> this[string name] => _nodes[name];

    /// <summary>The node that leads, once one does.</summary>
    public async Task<IRaft<Counter>> LeaderAsync() => await await Task.WhenAny(
        _nodes.Values.Select(async node =>
        {
            await node.Leadership.AcquireAsync(Token);
            return node;
        }));

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    private Action<RaftOptions> _configure = _ => { };

    public static Task<Group> StartAsync(params string[] names) => StartAsync(_ => { }, names);

    public static async Task<Group> StartAsync(Action<RaftOptions> configure, params string[] names)
    {
        var group = new Group { _configure = configure };
        foreach (var name in names)
        {
            group._addresses[name] = $"127.0.0.1:{FreePort()}";
        }

        await Task.WhenAll(names.Select(group.StartNodeAsync));
        return group;
    }

    /// <summary>The options of a node.</summary>
    public RaftOptions OptionsOf(string name)
    {
        var options = new RaftOptions
        {
            Name = name, Cluster = "test", DataDirectory = Path.Combine(_directory.FullName, name),
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            ElectionTimeout = TimeSpan.FromMilliseconds(500),
        };
        foreach (var (member, address) in _addresses)
        {
            options.InitialMembers.Add(member, address);
        }

        _configure(options);
        return options;
    }

    public async Task StartNodeAsync(string name)
    {
        var node = await Raft.StartAsync(OptionsOf(name), new Counter(), cancellation: Token);
        lock (_nodes)
        {
            _nodes[name] = node;
        }
    }

    public async Task StopNodeAsync(string name)
    {
        await _nodes[name].DisposeAsync();
        _nodes.Remove(name);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(node => node.DisposeAsync().AsTask()));
        _directory.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
