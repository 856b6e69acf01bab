using System.CommandLine;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary><c>ikada lease</c>.</summary>
internal static class LeaseCommand
{
    public static Command Create() => new("lease", "Leases: keys that go when nobody keeps them alive.")
    {
        Grant(), Revoke(), TimeToLive(), KeepAlive(), List(),
    };

    private static Command Grant()
    {
        var ttl = new Argument<long>("ttl") { Description = "How long it lives, in seconds." };
        var id = new Option<string>("--id")
        {
            Description = "Its id, in hex (0: the server chooses).",
            HelpName = "ID",
            DefaultValueFactory = _ => "0",
        };
        return ClientCommand.Create("grant", "Make a lease.", [ttl, id], async call =>
        {
            var request = new LeaseGrantRequest
            {
                TTL = call.Parsed.GetValue(ttl),
                ID = ClientOptions.LeaseId(call.Parsed.GetValue(id)!, "--id"),
            };
            call.Printer.Granted(await call.Cluster.WriteAsync(
                "lease grant",
                (connection, options) => connection.Leases.LeaseGrantAsync(request, options),
                call.Cancellation));
            return 0;
        });
    }

    private static Command Revoke()
    {
        var lease = Lease();
        return ClientCommand.Create("revoke", "End a lease, and delete its keys.", [lease], async call =>
        {
            var id = ClientOptions.LeaseId(call.Parsed.GetValue(lease)!, lease.Name);
            call.Printer.Revoked(id, await call.Cluster.WriteAsync(
                "lease revoke",
                (connection, options) => connection.Leases.LeaseRevokeAsync(
                    new LeaseRevokeRequest { ID = id }, options),
                call.Cancellation));
            return 0;
        });
    }

    private static Command TimeToLive()
    {
        var lease = Lease();
        var keys = new Option<bool>("--keys") { Description = "Also its keys." };
        return ClientCommand.Create(
            "timetolive", "Show how long a lease lives still.", [lease, keys], async call =>
            {
                var request = new LeaseTimeToLiveRequest
                {
                    ID = ClientOptions.LeaseId(call.Parsed.GetValue(lease)!, lease.Name),
                    Keys = call.Parsed.GetValue(keys),
                };
                call.Printer.TimeToLive(
                    await call.Cluster.ReadAsync(
                        "lease timetolive",
                        (connection, options) => connection.Leases.LeaseTimeToLiveAsync(request, options),
                        call.Cancellation),
                    request.Keys);
                return 0;
            });
    }

    private static Command KeepAlive()
    {
        var lease = Lease();
        var once = new Option<bool>("--once") { Description = "Renew it once." };
        return ClientCommand.Create(
            "keep-alive", "Renew a lease, again and again until Ctrl-C.", [lease, once], call =>
                new LeaseRenewal(call, ClientOptions.LeaseId(call.Parsed.GetValue(lease)!, lease.Name))
                    .RunAsync(call.Parsed.GetValue(once)));
    }

    private static Command List() => ClientCommand.Create("list", "List the leases.", [], async call =>
    {
        call.Printer.Leases(await call.Cluster.ReadAsync(
            "lease list",
            (connection, options) => connection.Leases.LeaseLeasesAsync(new LeaseLeasesRequest(), options),
            call.Cancellation));
        return 0;
    });

    private static Argument<string> Lease() => new("lease") { Description = "The id of the lease, in hex." };
}
