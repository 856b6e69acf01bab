using System.CommandLine;
using Ikada.Api.Etcd;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Client;

/// <summary><c>ikada member</c>.</summary>
internal static class MemberCommand
{
    public static Command Create() => new("member", "Who belongs to the cluster.")
    {
        List(), Add(), Remove(), Update(), Promote(),
    };

    private static Command List()
    {
        var consistency = new Option<string>("--consistency")
        {
            Description = "l: up to date, asks a majority; s: what this server knows, perhaps old.",
            HelpName = "l|s",
            DefaultValueFactory = _ => "l",
        };
        consistency.AcceptOnlyFromAmong("l", "s");
        return ClientCommand.Create("list", "List the members.", [consistency], async call =>
        {
            var request = new MemberListRequest { Linearizable = call.Parsed.GetValue(consistency) == "l" };
            call.Printer.Members(await call.Cluster.ReadAsync(
                "member list",
                (connection, options) => connection.Cluster.MemberListAsync(request, options),
                call.Cancellation));
            return 0;
        });
    }

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "The --name that it will be started with." };
        var learner = new Option<bool>("--learner")
        {
            Description = "It does not vote until it is promoted.",
        };
        var urls = PeerUrls();
        return ClientCommand.Create(
            "add", "Add a member; start it with what is printed.", [name, urls, learner], async call =>
            {
                var request = new MemberAddRequest { IsLearner = call.Parsed.GetValue(learner) };
                request.PeerURLs.AddRange(Urls(call.Parsed, urls));
                call.Printer.Added(
                    await call.Cluster.WriteAsync(
                        "member add",
                        (connection, options) => connection.Cluster.MemberAddAsync(request, options),
                        call.Cancellation),
                    call.Parsed.GetValue(name)!,
                    string.Join(',', request.PeerURLs));
                return 0;
            });
    }

    private static Command Remove()
    {
        var member = Member();
        return ClientCommand.Create("remove", "Remove a member.", [member], async call =>
        {
            var id = ClientOptions.MemberId(call.Parsed.GetValue(member)!);
            var answer = await call.Cluster.WriteAsync(
                "member remove",
                (connection, options) => connection.Cluster.MemberRemoveAsync(
                    new MemberRemoveRequest { ID = id }, options),
                call.Cancellation);
            call.Printer.Changed("removed from", id, answer.Header, answer, answer.Members);
            return 0;
        });
    }

    private static Command Update()
    {
        var member = Member();
        var urls = PeerUrls();
        return ClientCommand.Create(
            "update", "Tell where the others reach a member.", [member, urls], async call =>
            {
                var id = ClientOptions.MemberId(call.Parsed.GetValue(member)!);
                var request = new MemberUpdateRequest { ID = id };
                request.PeerURLs.AddRange(Urls(call.Parsed, urls));
                var answer = await call.Cluster.WriteAsync(
                    "member update",
                    (connection, options) => connection.Cluster.MemberUpdateAsync(request, options),
                    call.Cancellation);
                call.Printer.Changed("updated in", id, answer.Header, answer, answer.Members);
                return 0;
            });
    }

    private static Command Promote()
    {
        var member = Member();
        return ClientCommand.Create(
            "promote", "Make a learner that has caught up a voter.", [member], async call =>
            {
                var id = ClientOptions.MemberId(call.Parsed.GetValue(member)!);
                var answer = await call.Cluster.WriteAsync(
                    "member promote",
                    (connection, options) => connection.Cluster.MemberPromoteAsync(
                        new MemberPromoteRequest { ID = id }, options),
                    call.Cancellation);
                call.Printer.Changed("promoted in", id, answer.Header, answer, answer.Members);
                return 0;
            });
    }

    private static Argument<string> Member() => new("member") { Description = "The member's id, in hex." };

    private static Option<string> PeerUrls() => new("--peer-urls")
    {
        Description = "Where the other members reach it: URLs with commas between.",
        HelpName = "URLS",
        Required = true,
    };

    private static IEnumerable<string> Urls(ParseResult parsed, Option<string> option) =>
        EtcdUrl.ParseList(parsed.GetValue(option)!, option.Name).Select(url => url.ToString());
}
