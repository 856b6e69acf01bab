using System.Text;
using Grpc.Core;
using Ikada.KeyValue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ikada.Server;

/// <summary>The pages by which others judge this member: /health, /livez and /readyz, as etcd answers
/// them.</summary>
internal sealed class HealthPages(StoreCalls calls, Alarms alarms)
{
    private const string Text = "text/plain; charset=utf-8";
    private const string DataCorruption = "data_corruption";
    private const string SerializableRead = "serializable_read";
    private const string LinearizableRead = "linearizable_read";
    private static readonly string[] LiveChecks = [SerializableRead];
    private static readonly string[] ReadyChecks = [DataCorruption, SerializableRead, LinearizableRead];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", (RequestDelegate)(context => Of(context).HealthAsync(context)));
        MapChecks(routes, "/livez", LiveChecks);
        MapChecks(routes, "/readyz", ReadyChecks);
    }

    private static void MapChecks(IEndpointRouteBuilder routes, string path, string[] checks)
    {
        routes.MapGet(path, (RequestDelegate)(context => Of(context).AnswerAsync(context, checks)));
        foreach (var check in checks)
        {
            routes.MapGet(
                $"{path}/{check}", (RequestDelegate)(context => Of(context).AnswerAsync(context, [check])));
        }
    }

    private static HealthPages Of(HttpContext context) =>
        (HealthPages)context.RequestServices.GetService(typeof(HealthPages))!;

    /// <summary>No alarm, a leader, and an answer in time; of this member alone where the caller says
    /// so.</summary>
    private async Task HealthAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var reason = Alarmed(query["exclude"]);
        reason = reason.Length > 0 ? reason
            : query["serializable"] == "true" ? await FailureAsync(SerializableRead, context)
            : calls.Store.Status.Leader.IsNone ? "RAFT NO LEADER"
            : await FailureAsync(LinearizableRead, context) is { Length: > 0 } failure
            ? $"RANGE ERROR:{failure}" : "";
        context.Response.StatusCode = reason.Length == 0
            ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = Text;
        var healthy = reason.Length == 0 ? "true" : "false";
        await context.Response.WriteAsync(
            $$"""{"health":"{{healthy}}","reason":"{{reason}}"}""" + (reason.Length == 0 ? "" : "\n"));
    }

    private string Alarmed(Microsoft.Extensions.Primitives.StringValues excluded)
    {
        foreach (var alarm in alarms.All)
        {
            var name = alarm.Kind == AlarmKind.NoSpace ? "NOSPACE" : "CORRUPT";
            if (!excluded.Contains(name))
            {
                return $"ALARM {name}";
            }
        }

        return "";
    }

    private async Task AnswerAsync(HttpContext context, string[] checks)
    {
        var query = context.Request.Query;
        var (good, report) = (true, new StringBuilder());
        foreach (var check in checks)
        {
            if (query["exclude"].Contains(check)
                || (query["allowlist"].Count > 0 && !query["allowlist"].Contains(check)))
            {
                continue;
            }

            var failure = await FailureAsync(check, context);
            good &= failure.Length == 0;
            report.Append(failure.Length == 0 ? $"[+]{check} ok\n" : $"[-]{check} failed: {failure}\n");
        }

        context.Response.StatusCode = good
            ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = Text;
        await context.Response.WriteAsync(
            !good ? report.ToString() : query.ContainsKey("verbose") ? report + "ok\n" : "ok\n");
    }

    /// <summary>Why a check fails; empty where it does not.</summary>
    private async Task<string> FailureAsync(string check, HttpContext context)
    {
        switch (check)
        {
            case DataCorruption:
                using (var view = calls.Store.Hold())
                {
                    return view.Alarms.Any(alarm => alarm.Kind == AlarmKind.Corrupt)
                        ? "alarm activated: CORRUPT" : "";
                }

            case SerializableRead:
                return calls.Store.Status.IsQuarantined ? EtcdErrors.Quarantined.Message
                    : calls.Store.Status.IsStateMissing ? "all snapshots are lost" : "";
            default:
                // As any read: until the caller goes, or the time for requests is over.
                return await ReadAsync(context.RequestAborted);
        }
    }

    private async Task<string> ReadAsync(CancellationToken limit)
    {
        try
        {
            await calls.ReadAsync(serializable: false, view => view.Revision, limit);
            return "";
        }
        catch (RpcException refusal)
        {
            return refusal.Status.Detail;
        }
    }
}
