using System.Globalization;
using System.Text;
using Ikada.Replica;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ikada.Server;

/// <summary>The pages of HTTP/1.1 beside gRPC: for load balancers, people and scrapers.</summary>
internal static class HttpPages
{
    private const string Json = "application/json";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/version", (RequestDelegate)(context => Write(context, Json,
            $$"""{"etcdserver":"{{ServerVersion.Etcd}}","etcdcluster":"{{ServerVersion.Cluster}}"}""")));
        HealthPages.Map(routes);
        routes.MapGet("/metrics", (RequestDelegate)(context => Write(
            context, "text/plain; version=0.0.4; charset=utf-8", Metrics(Of(context)))));
        routes.MapGet("/ikada/state", (RequestDelegate)(context => Write(context, Json, State(Of(context)))));
    }

    /// <summary>What lets members be compared: the hash belongs to the applied index beside it.</summary>
    private static string State(IReplicatedStore store)
    {
        var view = store.View;
        var status = store.Status;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "member": "{{status.Self}}",
              "role": "{{Role(status)}}",
              "term": {{status.Term.Value}},
              "leader": "{{status.Leader}}",
              "commitIndex": {{status.Commit.Value}},
              "appliedIndex": {{view.AppliedIndex.Value}},
              "firstIndex": {{status.LogFirst.Value}},
              "snapshotIndex": {{status.SnapshotIndex.Value}},
              "revision": {{view.Revision}},
              "stateHash": "{{view.StateHash:x16}}"
            }

            """);
    }

    private static string Metrics(IReplicatedStore store)
    {
        var view = store.View;
        var status = store.Status;
        var applied = view.AppliedIndex.Value;
        var text = new StringBuilder();
        Gauge(text, "etcd_server_has_leader", "Whether a leader is known.", status.Leader.IsNone ? 0 : 1);
        var leads = status.Leader == status.Self;
        Gauge(text, "etcd_server_is_leader", "Whether this member leads.", leads ? 1 : 0);
        Gauge(text, "etcd_server_proposals_committed_total", "The commit index.", (long)status.Commit.Value);
        Gauge(text, "etcd_server_proposals_applied_total", "The applied index.", (long)applied);
        Gauge(text, "etcd_debugging_mvcc_current_revision", "The store's revision.", view.Revision);
        Gauge(text, "etcd_mvcc_db_total_size_in_bytes", "Bytes of keys and values.", view.SizeBytes);
        Gauge(text, "ikada_raft_term", "The term.", (long)status.Term.Value);
        Gauge(text, "ikada_log_last_index", "The last entry's index.", (long)status.Last.Index.Value);
        return text.ToString();
    }

    private static void Gauge(StringBuilder text, string name, string help, long value) =>
        text.Append(
            CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");

    private static string Role(in ReplicaStatus status) => status.Role.ToString().ToLowerInvariant();

    private static IReplicatedStore Of(HttpContext context) =>
        (IReplicatedStore)context.RequestServices.GetService(typeof(IReplicatedStore))!;

    private static Task Write(HttpContext context, string type, string body)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    }
}
