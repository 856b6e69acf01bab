using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ikada.Server;

/// <summary>Writes a gRPC status where no service takes the call.</summary>
internal static class GrpcAnswers
{
    /// <summary>Answers a call to a method that nobody serves, in the words by which clients detect older
    /// servers.</summary>
    public static Task UnknownMethod(HttpContext context)
    {
        if (!IsGrpc(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync("404 page not found\n");
        }

        var path = context.Request.Path.Value ?? string.Empty;
        Answer(context, EtcdErrors.Unimplemented(path, IsKnownService(context, path)));
        return Task.CompletedTask;
    }

    /// <summary>A response of a status alone.</summary>
    public static void Answer(HttpContext context, EtcdError error)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = ((int)error.Code).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = Escaped(error.Message);
    }

    public static bool IsGrpc(HttpRequest request) =>
        request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;

    /// <summary>gRPC's percent-encoding: all but printable ASCII, and '%' itself.</summary>
    private static string Escaped(string message)
    {
        var escaped = new StringBuilder(message.Length);
        foreach (var one in Encoding.UTF8.GetBytes(message))
        {
            _ = one is >= 0x20 and < 0x7F and not (byte)'%'
                ? escaped.Append((char)one)
                : escaped.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
        }

        return escaped.ToString();
    }

    private static bool IsKnownService(HttpContext context, string path)
    {
        var service = path[..(path.LastIndexOf('/') + 1)];
        var endpoints = (EndpointDataSource?)context.RequestServices.GetService(typeof(EndpointDataSource));
        return service.Length > 1 && endpoints is not null && endpoints.Endpoints.OfType<RouteEndpoint>()
            .Any(endpoint =>
                endpoint.RoutePattern.RawText?.StartsWith(service, StringComparison.Ordinal) == true);
    }
}
