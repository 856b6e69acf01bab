using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;

namespace Ikada.Cli.Doctor;

/// <summary>Asks all servers that are named, and those of all members that these tell of. A server that does
/// not answer is a fact too.</summary>
internal sealed class FactFinder : IDisposable
{
    // Between two readings of the metrics: what grows meanwhile goes on now.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly EtcdCluster _cluster;
    private readonly List<EtcdConnection> _further = [];
    private readonly HttpClient _http;

    public FactFinder(EtcdCluster cluster)
    {
        _cluster = cluster;
        _http = new HttpClient(cluster.Dial.NewHandler()) { Timeout = cluster.CommandTimeout };
    }

    public void Dispose()
    {
        _http.Dispose();
        _further.ForEach(connection => connection.Dispose());
    }

    public async Task<Facts> FindAsync(DirectoryFacts? directory, CancellationToken cancellation)
    {
        var asked = (await Task.WhenAll(
            _cluster.Connections.Select(connection => AskAsync(connection, 0, cancellation)))).ToList();
        var members = asked.OrderByDescending(one => one.Server.Commit)
            .Select(one => one.Members).FirstOrDefault(list => list.Count > 0) ?? [];
        Attribute(asked, members);
        asked.AddRange(await Task.WhenAll(Unasked(asked, members).Select(
            one => AskAsync(one.Connection, one.Member, cancellation))));
        var answering = asked.Where(one => one.Server.Problem is null).ToList();
        var revision = answering.Select(one => one.Revision).DefaultIfEmpty().Min();
        var before = await Task.WhenAll(answering.Select(one => MetricsAsync(one.Connection, cancellation)));
        await Task.Delay(answering.Count > 0 ? Between : TimeSpan.Zero, cancellation);
        var looked = await Task.WhenAll(answering.Zip(before, (one, reading) =>
            LookAsync(one, reading, revision, cancellation)));
        return new Facts
        {
            Members = members,
            Servers =
            [
                .. looked, .. asked.Select(one => one.Server).Where(server => server.Problem is not null),
            ],
            Directory = directory,
        };
    }

    // A server that does not answer is known by the URL that its member has told.
    private static void Attribute(List<Asked> asked, IReadOnlyList<MemberFacts> members)
    {
        for (var i = 0; i < asked.Count; i++)
        {
            var address = asked[i].Connection.Endpoint.Address;
            if (asked[i].Server is { Problem: not null } server && members.FirstOrDefault(member =>
                member.ClientUrls.Any(url => new Uri(url) == address)) is { } owner)
            {
                asked[i] = asked[i] with { Server = server with { Member = owner.Id } };
            }
        }
    }

    private List<(EtcdConnection Connection, ulong Member)> Unasked(
        List<Asked> asked, IReadOnlyList<MemberFacts> members)
    {
        var further = new List<(EtcdConnection Connection, ulong Member)>();
        foreach (var member in members)
        {
            if (member.ClientUrls.Count > 0 && asked.TrueForAll(one => one.Server.Member != member.Id))
            {
                var endpoint = Endpoint.ParseList(member.ClientUrls[0], $"client URL of {member.Shown}")[0];
                var connection = new EtcdConnection(endpoint, _cluster.Dial);
                _further.Add(connection);
                further.Add((connection, member.Id));
            }
        }

        return further;
    }

    private async Task<Asked> AskAsync(
        EtcdConnection connection, ulong member, CancellationToken cancellation)
    {
        var server = new ServerFacts(connection.Endpoint.Text) { Member = member };
        try
        {
            var status = await connection.Maintenance.StatusAsync(
                new StatusRequest(), _cluster.Limit(cancellation));
            // A learner tells of itself alone, and so does one that is quarantined: its list may be wrong.
            var listed = status.IsLearner || status.Errors.Any(IsQuarantine) ? new MemberListResponse()
                : await connection.Cluster.MemberListAsync(
                    new MemberListRequest(), _cluster.Limit(cancellation));
            server = server with
            {
                Member = status.Header.MemberId,
                Version = status.Version,
                Leader = status.Leader,
                Term = status.RaftTerm,
                Commit = status.RaftIndex,
                Applied = status.RaftAppliedIndex,
                SizeBytes = status.DbSize,
                QuotaBytes = status.DbSizeQuota,
                Errors = [.. status.Errors],
            };
            return new Asked(connection, server, status.Header.Revision, [.. listed.Members.Select(one =>
                new MemberFacts(one.ID, one.Name, one.IsLearner, [.. one.ClientURLs]))]);
        }
        catch (RpcException error)
        {
            cancellation.ThrowIfCancellationRequested();
            return new Asked(
                connection, server with { Problem = EtcdConnection.Describe(error) }, 0, []);
        }
    }

    private static bool IsQuarantine(string error) =>
        error.StartsWith("ikada: quarantined", StringComparison.Ordinal);

    private async Task<ServerFacts> LookAsync(
        Asked asked, MetricReading before, long revision, CancellationToken cancellation) =>
        asked.Server with
        {
            Before = before,
            After = await MetricsAsync(asked.Connection, cancellation),
            // Without a leader none is ready, and says so only when the time for requests is over.
            Unready = asked.Server.Leader == 0 ? null : await UnreadyAsync(asked.Connection, cancellation),
            Hash = await HashAsync(asked.Connection, revision, cancellation),
            HashRevision = revision,
        };

    private async Task<uint?> HashAsync(
        EtcdConnection connection, long revision, CancellationToken cancellation)
    {
        try
        {
            return (await connection.Maintenance.HashKVAsync(
                new HashKVRequest { Revision = revision }, _cluster.Limit(cancellation))).Hash;
        }
        catch (RpcException)
        {
            // Compacted meanwhile, or refused by a member whose state counts for nothing: no hash is a fact.
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    private async Task<MetricReading> MetricsAsync(
        EtcdConnection connection, CancellationToken cancellation) =>
        await PageAsync(connection, "metrics", cancellation) is { IsGood: true } page
            ? MetricReading.Parse(page.Text) : MetricReading.Empty;

    private async Task<string?> UnreadyAsync(EtcdConnection connection, CancellationToken cancellation) =>
        await PageAsync(connection, "readyz", cancellation) is { } page
            ? page.IsGood ? "" : page.Text.Trim().ReplaceLineEndings("; ") : null;

    private async Task<(bool IsGood, string Text)?> PageAsync(
        EtcdConnection connection, string page, CancellationToken cancellation)
    {
        try
        {
            using var answer = await _http.GetAsync(
                new Uri(connection.Endpoint.Address, page), cancellation);
            return (answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, $"no answer in {_http.Timeout.TotalSeconds:0.#} s");
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            // A server that has no pages for us is judged by its other answers.
            return null;
        }
    }

    private sealed record Asked(
        EtcdConnection Connection, ServerFacts Server, long Revision, IReadOnlyList<MemberFacts> Members);
}
