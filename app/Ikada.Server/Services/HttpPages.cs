using System.Globalization;
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
            context, MetricText.ContentType, Page(context).Text())));
        routes.MapGet("/ikada/state", (RequestDelegate)(context => Write(context, Json, State(Of(context)))));
    }

    /// <summary>What lets members be compared: the hash belongs to the applied index beside it.</summary>
    private static string State(IReplicatedStore store)
    {
        using var view = store.Hold();
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

    private static string Role(in ReplicaStatus status) => status.Role.ToString().ToLowerInvariant();

    private static IReplicatedStore Of(HttpContext context) =>
        (IReplicatedStore)context.RequestServices.GetService(typeof(IReplicatedStore))!;

    private static MetricPage Page(HttpContext context) =>
        (MetricPage)context.RequestServices.GetService(typeof(MetricPage))!;

    private static Task Write(HttpContext context, string type, string body)
    {
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    }
}
