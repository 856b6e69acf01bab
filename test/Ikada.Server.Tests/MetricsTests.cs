using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Primitives;

namespace Ikada.Server.Tests;

public sealed partial class MetricsTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What etcd's own dashboard and alerts ask for, and what else is commonly drawn, with etcd's
    /// types.</summary>
    [Theory]
    [InlineData("etcd_server_has_leader", "gauge")]
    [InlineData("etcd_server_is_leader", "gauge")]
    [InlineData("etcd_server_leader_changes_seen_total", "counter")]
    [InlineData("etcd_server_proposals_committed_total", "gauge")]
    [InlineData("etcd_server_proposals_applied_total", "gauge")]
    [InlineData("etcd_server_proposals_pending", "gauge")]
    [InlineData("etcd_server_proposals_failed_total", "counter")]
    [InlineData("etcd_server_quota_backend_bytes", "gauge")]
    [InlineData("etcd_server_client_requests_total", "counter")]
    [InlineData("etcd_server_version", "gauge")]
    [InlineData("ikada_server_version", "gauge")]
    [InlineData("etcd_cluster_version", "gauge")]
    [InlineData("etcd_mvcc_db_total_size_in_bytes", "gauge")]
    [InlineData("etcd_mvcc_db_total_size_in_use_in_bytes", "gauge")]
    [InlineData("etcd_debugging_mvcc_watcher_total", "gauge")]
    [InlineData("etcd_debugging_mvcc_slow_watcher_total", "gauge")]
    [InlineData("grpc_server_started_total", "counter")]
    [InlineData("grpc_server_handled_total", "counter")]
    [InlineData("process_resident_memory_bytes", "gauge")]
    [InlineData("process_cpu_seconds_total", "counter")]
    [InlineData("kestrel_active_connections", "gauge")]
    [InlineData("dotnet_gc_collections_total", "counter")]
    [InlineData("dotnet_thread_pool_queue_length", "gauge")]
    public async Task What_dashboards_of_etcd_ask_for_is_there(string name, string type)
    {
        await server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("a") }, cancellationToken: Token);
        Assert.Contains($"# TYPE {name} {type}\n", await PageAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_keeps_to_the_format()
    {
        using var meter = new Meter("Ikada.Format");
        meter.CreateHistogram<double>("format.time", "s", "Times")
            .Record(0.003, new KeyValuePair<string, object?>("k", "v"));
        string? family = null;
        var seen = new HashSet<string>();
        foreach (var line in (await PageAsync()).TrimEnd('\n').Split('\n'))
        {
            if (Type().Match(line) is { Success: true } type)
            {
                family = type.Groups[1].Value;
                Assert.True(seen.Add(line), $"twice: {line}");
            }
            else if (!line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                Assert.Matches(Sample(), line);
                Assert.StartsWith(family!, line, StringComparison.Ordinal);
                Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), $"twice: {line}");
            }
        }
    }

    [Fact]
    public async Task Each_kind_of_instrument_is_told_as_prometheus_has_it()
    {
        using var meter = new Meter("Ikada.Kinds");
        var counter = meter.CreateCounter<int>("kinds.sent", "By", "Bytes\nsent");
        counter.Add(2, new KeyValuePair<string, object?>("to", "a\"b\\c"));
        counter.Add(3, new KeyValuePair<string, object?>("to", "a\"b\\c"));
        var active = meter.CreateUpDownCounter<long>("kinds.active");
        active.Add(5);
        active.Add(-2);
        meter.CreateGauge<double>("kinds.load", "1").Record(0.25);
        var told = 1;
        meter.CreateObservableGauge(
            "kinds.seen", () => new Measurement<int>(7, new KeyValuePair<string, object?>("n", told)));
        var times = meter.CreateHistogram<double>(
            "kinds.time", "s", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        times.Record(1);
        times.Record(1.5);
        times.Record(30);
        var page = await PageAsync();
        Assert.Contains(
            "# HELP kinds_sent_bytes_total Bytes\\nsent\n# TYPE kinds_sent_bytes_total counter\n"
            + "kinds_sent_bytes_total{to=\"a\\\"b\\\\c\"} 5\n",
            page,
            StringComparison.Ordinal);
        Assert.Contains("# TYPE kinds_active gauge\nkinds_active 3\n", page, StringComparison.Ordinal);
        Assert.Contains("\nkinds_load 0.25\n", page, StringComparison.Ordinal);
        Assert.Contains(
            "# TYPE kinds_time_seconds histogram\nkinds_time_seconds_bucket{le=\"1\"} 1\n"
            + "kinds_time_seconds_bucket{le=\"2\"} 2\nkinds_time_seconds_bucket{le=\"+Inf\"} 3\n"
            + "kinds_time_seconds_sum 32.5\nkinds_time_seconds_count 3\n",
            page,
            StringComparison.Ordinal);

        // What an instrument that is asked does not tell any more is not there any more.
        told = 2;
        page = await PageAsync();
        Assert.Contains("\nkinds_seen{n=\"2\"} 7\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("kinds_seen{n=\"1\"}", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task How_many_series_an_instrument_has_is_bounded_and_what_is_lost_is_counted()
    {
        using var meter = new Meter("Ikada.Many");
        var counter = meter.CreateCounter<int>("many.things");
        for (var i = 0; i < MetricInstrument.SeriesMax + 5; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("i", i));
        }

        var page = await PageAsync();
        Assert.Equal(MetricInstrument.SeriesMax, Regex.Count(page, "\nmany_things_total{"));
        Assert.Equal(5, await ValueAsync("ikada_metrics_lost_total"));
    }

    [Fact]
    public async Task Calls_are_counted_by_method_and_code_and_streams_when_they_begin()
    {
        const string Put = "grpc_server_handled_total{grpc_code=\"InvalidArgument\",grpc_method=\"Put\","
            + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}";
        const string Stream =
            "{grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}";
        await Assert.ThrowsAsync<RpcException>(
            () => server.Kv.PutAsync(new PutRequest(), cancellationToken: Token).ResponseAsync);
        var refused = await ValueAsync(Put);
        await Assert.ThrowsAsync<RpcException>(
            () => server.Kv.PutAsync(new PutRequest(), cancellationToken: Token).ResponseAsync);
        Assert.Equal(refused + 1, await ValueAsync(Put));
        var watchers = await ValueAsync("etcd_debugging_mvcc_watcher_total");
        using var watch = server.Watch();
        await watch.CreateAsync("k");
        Assert.True(await ValueAsync("grpc_server_started_total" + Stream) >= 1);
        Assert.Equal(watchers + 1, await ValueAsync("etcd_debugging_mvcc_watcher_total"));
    }

    [Fact]
    public void A_leader_is_counted_once_in_its_term()
    {
        var changes = new LeaderChanges();
        changes.Observe(NodeId.None, new Term(1));
        changes.Observe(new NodeId(7), new Term(1));
        changes.Observe(new NodeId(7), new Term(1));
        changes.Observe(NodeId.None, new Term(2));
        changes.Observe(new NodeId(7), new Term(2));
        changes.Observe(new NodeId(8), new Term(3));
        Assert.Equal(3, changes.Count);
    }

    private async Task<string> PageAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri($"http://{server.Address}/metrics"), Token);
    }

    private async Task<double> ValueAsync(string series) =>
        (await PageAsync()).Split('\n').FirstOrDefault(
            line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
            ? double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""
        ^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="([^"\\]|\\.)*",?)+\})?[ ](-?[0-9.e+-]+|[+-]Inf|NaN)$
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Sample();
}
