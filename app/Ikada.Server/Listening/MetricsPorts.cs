using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Ikada.Server;

/// <summary>On the ports of <c>--listen-metrics-urls</c> there are the pages for monitoring alone: such a
/// port may be open to those who must not read keys.</summary>
internal sealed class MetricsPorts(RequestDelegate next, ServerOptions options)
{
    private static readonly string[] Pages = ["/metrics", "/health", "/livez", "/readyz"];

    private readonly FrozenSet<int> _ports =
        options.ListenMetricsUrls.Select(url => url.Port).ToFrozenSet();

    public Task InvokeAsync(HttpContext context)
    {
        if (_ports.Count == 0 || !_ports.Contains(context.Connection.LocalPort)
            || IsPage(context.Request.Path))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("404 page not found\n");
    }

    private static bool IsPage(PathString path) =>
        Pages.Any(page => path.StartsWithSegments(page, StringComparison.Ordinal));
}
