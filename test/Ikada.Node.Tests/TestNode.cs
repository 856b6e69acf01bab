using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Transport;
using Ikada.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada.Node.Tests;

/// <summary>A node over a directory of its own, with what the tests reach into.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public static readonly ClusterId Cluster = new(0xC1);

    private readonly FileDisk _files;

    private TestNode(FileDisk files, FaultyDisk disk, RaftNode node, ListMachine machine)
    {
        _files = files;
        Disk = disk;
        Node = node;
        Machine = machine;
    }

    public FaultyDisk Disk { get; }

    public RaftNode Node { get; }

    public ListMachine Machine { get; }

    public static NodeId Id(int number) => new((ulong)(0xA0 + number));

    public static Membership MembershipOf(int count)
    {
        var ids = Enumerable.Range(0, count).Select(Id).ToArray();
        return new Membership([.. ids.Select(id => new Member(id, null, default))], ids);
    }

    public static NodeOptions Options { get; } = new()
    {
        Consensus = new ConsensusOptions
        {
            HeartbeatInterval = TimeSpan.FromMilliseconds(50),
            ElectionTimeout = TimeSpan.FromMilliseconds(300),
        },
        Log = new LogOptions { SegmentBytes = 4 << 20 },
        ProposalBytesMax = 1 << 20,
        SpaceRetryInterval = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>Starts node <paramref name="number"/> of a cluster; with no end points it reaches
    /// nobody.</summary>
    public static async Task<TestNode> StartAsync(
        string directory,
        int number = 0,
        int members = 1,
        IPEndPoint[]? endPoints = null,
        NodeOptions? options = null,
        ulong? seed = null,
        ILoggerFactory? loggers = null,
        IPEndPoint[]? dialled = null)
    {
        Directory.CreateDirectory(directory);
        var files = new FileDisk(directory);
        var disk = new FaultyDisk(files);
        try
        {
            // A directory made anew must not get the incarnation of the one before.
            seed ??= BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
            var identity = NodeDirectory.Open(disk, Cluster, Id(number), new RandomSource(seed.Value));
            IPeerTransport transport = endPoints is null ? new NoPeers()
                : Tcp(number, identity, endPoints, dialled ?? endPoints);
            var machine = new ListMachine();
            var node = await RaftNode.StartAsync(
                options ?? Options, machine, disk, transport, identity, MembershipOf(members),
                loggers ?? NullLoggerFactory.Instance, cancellation: TestContext.Current.CancellationToken);
            return new TestNode(files, disk, node, machine);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public static IPEndPoint[] FreeEndPoints(int count)
    {
        var listeners =
            Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var endPoints = listeners.Select(listener => (IPEndPoint)listener.LocalEndpoint).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return endPoints;
    }

    public Task<WriteOutcome> ProposeAsync(string command, CancellationToken? cancellation = null) =>
        Node.ProposeAsync(
            Encoding.UTF8.GetBytes(command), cancellation ?? TestContext.Current.CancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        Disk.Resume();
        await Node.DisposeAsync();
        _files.Dispose();
        Disk.Dispose();
    }

    public static TcpPeerTransport Tcp(
        int number, DirectoryIdentity identity, IPEndPoint[] all, IPEndPoint[] dialled) => new(
        new TransportOptions
        {
            Cluster = Cluster,
            Self = new FrameSender(identity.Node, identity.Incarnation, identity.StartCount),
            ListenOn = [all[number]],
            Peers = [.. Enumerable.Range(0, all.Length).Where(other => other != number)
                .Select(other => new PeerAddress(Id(other), dialled[other]))],
            ReconnectDelayMax = TimeSpan.FromMilliseconds(200),
        },
        NullLoggerFactory.Instance);
}
