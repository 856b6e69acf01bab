using System.Text;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Transport;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>Opens the data directory of a server. A new one belongs to the cluster that the flags found, or
/// to the member of a running cluster that has this server's peer URLs.</summary>
internal sealed class ServerDirectory(
    ServerOptions options, FileDisk disk, PeerTlsOptions? tls, ILoggerFactory loggers)
{
    private const string NamesFile = "node.names";
    private const int NamesBytesMax = 4096;
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Who belongs to the cluster, as a member has told; nobody: none was asked.</summary>
    public Membership Told { get; private set; } = Membership.Empty;

    /// <summary>The peer URLs of the others.</summary>
    public IReadOnlyList<string> Others =>
    [
        .. options.InitialCluster.Where(member => member.Name != options.Name)
            .SelectMany(member => member.PeerUrls).Select(ServerOptions.Text),
    ];

    /// <summary>Opens it, or makes it.</summary>
    /// <exception cref="ServerStartException">The cluster to be joined does not answer, or has no place for
    /// this server.</exception>
    /// <exception cref="LogOpenException">It is another member's, or cannot be read.</exception>
    public async Task<DirectoryIdentity> OpenAsync(CancellationToken cancellation)
    {
        var (cluster, self) = (NodeSettings.ClusterOf(options), NodeSettings.SelfOf(options));
        if (NodeDirectory.Peek(disk) is { } found)
        {
            // Another id than the flags make has one that was added later, or whose URLs were changed.
            cluster = found.Cluster;
            self = !options.InitialIdentityIsGiven || HasOwnNames() ? found.Node : self;
        }
        else if (options.InitialClusterState == ClusterState.Existing)
        {
            (cluster, self) = await FindPlaceAsync(cancellation);
        }

        var directory = NodeDirectory.Open(disk, cluster, self, Entropy.NewRandom());
        WriteNames(disk, options);
        return directory;
    }

    private async Task<(ClusterId Cluster, NodeId Self)> FindPlaceAsync(CancellationToken cancellation)
    {
        if (Others.Count == 0)
        {
            throw new ServerStartException(
                "--initial-cluster-state is existing, but --initial-cluster names no other member: list the "
                + "members of the running cluster there, as 'etcdctl member add' prints them");
        }

        var self = NodeSettings.SelfOf(options);
        var answer = await AskAsync(self, cancellation);
        var urls = options.AdvertisePeerUrls.Select(ServerOptions.Text).ToHashSet();
        foreach (var member in answer.Membership.Members)
        {
            if (urls.SetEquals(MemberAttributes.Decode(member.Attributes.Span).Addresses))
            {
                self = member.Id;
                // Under its own id a member is told whether the cluster has known another directory of it.
                Told = (await AskAsync(self, cancellation)).Membership;
                return (answer.Cluster, self);
            }
        }

        var known = answer.Membership.Members.ToArray().SelectMany(
            member => MemberAttributes.Decode(member.Attributes.Span).Addresses);
        throw new ServerStartException(
            $"--initial-cluster-state is existing, but the cluster has no member with the peer URLs "
            + $"{string.Join(',', urls)} (--initial-advertise-peer-urls); it has {string.Join(", ", known)}: "
            + $"add it first, by 'etcdctl member add {options.Name} --peer-urls={string.Join(',', urls)}'");
    }

    private async Task<Answer> AskAsync(NodeId self, CancellationToken cancellation)
    {
        var node = NodeSettings.NodeOf(options);
        var transport = NodeSettings.TransportOf(
            options, new DirectoryIdentity(default, self, default, default), node, tls);
        using var limit = new CancellationTokenSource(options.RequestTimeout);
        while (true)
        {
            var problems = new List<string>();
            foreach (var url in Others)
            {
                var result = await ClusterNode.LookAsync(
                    options.Name, url, node.Group, transport, loggers, cancellation);
                if (result.Answer is { Status: AnswerStatus.Done, HoldsLog: true } answer)
                {
                    return answer;
                }

                problems.Add(result.Answer is null ? result.Problem : $"{url} holds nothing yet");
            }

            if (limit.IsCancellationRequested)
            {
                throw new ServerStartException(
                    "--initial-cluster-state is existing, but no member of --initial-cluster answers: "
                    + string.Join("; ", problems));
            }

            await Task.Delay(AskInterval, cancellation);
        }
    }

    private static string NamesOf(ServerOptions options) =>
        $"{options.Name}\n{options.InitialClusterToken}\n";

    private bool HasOwnNames()
    {
        if (!disk.List().Contains(NamesFile))
        {
            return false;
        }

        var bytes = new byte[NamesBytesMax];
        return Encoding.UTF8.GetString(bytes, 0, disk.Read(NamesFile, 0, bytes)) == NamesOf(options);
    }

    /// <summary>Notes whose directory it is, unless that was noted before.</summary>
    internal static void WriteNames(FileDisk disk, ServerOptions options)
    {
        if (!disk.List().Contains(NamesFile))
        {
            disk.Create(NamesFile);
            disk.Write(NamesFile, 0, [Encoding.UTF8.GetBytes(NamesOf(options))]);
            disk.Sync(NamesFile);
        }
    }
}
