using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Ikada.Tests;

/// <summary>A group of nodes in this process, over loopback and a temporary directory.</summary>
internal sealed class Group : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, bool> Given = new();
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

    /// <summary>One more node that the group starts with; gives its options.</summary>
    public RaftOptions Add(string name)
    {
        _addresses[name] = $"127.0.0.1:{FreePort()}";
        return OptionsOf(name);
    }

    public string AddressOf(string name) => _addresses[name];

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

    /// <summary>The options of a node that joins, knowing nothing but the address of
    /// <paramref name="member"/>.</summary>
    public RaftOptions JoinOptionsOf(string name, string member)
    {
        var address = $"127.0.0.1:{FreePort()}";
        var options = OptionsOf(name);
        options.InitialMembers.Clear();
        options.Join.Add(_addresses[member]);
        options.Listen = address;
        return options;
    }

    public Task StartNodeAsync(string name) => StartNodeAsync(OptionsOf(name));

    public async Task<LoggedEvents> StartNodeAsync(RaftOptions options)
    {
        var events = new LoggedEvents();
        var node = await Raft.StartAsync(options, new Counter(), events, cancellation: Token);
        lock (_nodes)
        {
            _nodes[options.Name] = node;
        }

        return events;
    }

    /// <summary>Waits until the members are these, as one node knows them: voters by name, learners with a
    /// question mark.</summary>
    public static async Task HasMembersAsync(IRaft node, string expected)
    {
        while (true)
        {
            var found = string.Join(' ', node.Members.Current.Select(
                member => member.IsVoter ? member.Name : $"{member.Name}?"));
            if (found == expected)
            {
                return;
            }

            await Task.Delay(10, Token);
        }
    }

    /// <summary>Waits until every node's log binds all members to the directories that they run
    /// with.</summary>
    public async Task BoundAsync()
    {
        foreach (var node in _nodes.Values)
        {
            while (node.Members.Current.Any(member => !member.IsBound))
            {
                await Task.Delay(10, Token);
            }
        }
    }

    /// <summary>Loses a stopped node's disk.</summary>
    public void Wipe(string name) => Directory.Delete(OptionsOf(name).DataDirectory, recursive: true);

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
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            // A port that was given back may be given out again at once.
            if (Given.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
