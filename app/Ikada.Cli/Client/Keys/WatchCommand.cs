using System.CommandLine;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

internal static class WatchCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The key." };
        var end = new Argument<string?>("range-end")
        {
            Description = "Watch all keys from the key on and before this one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var prefix = new Option<bool>("--prefix")
        {
            Description = "Watch all keys that begin with the key.",
        };
        var fromKey = new Option<bool>("--from-key") { Description = "Watch all keys from the key on." };
        var revision = new Option<long>("--rev")
        {
            Description = "Begin with the changes of this revision (0: those to come).",
            HelpName = "N",
        };
        var previous = new Option<bool>("--prev-kv") { Description = "Print what the key held before, too." };
        var progress = new Option<bool>("--progress-notify")
        {
            Description = "Also say how far the watch is while nothing happens.",
        };
        return ClientCommand.Create(
            "watch",
            "Print changes of a key or a range of keys as they happen, until Ctrl-C.",
            [key, end, prefix, fromKey, revision, previous, progress],
            call =>
            {
                var range = KeyRange.Of(
                    call.Parsed.GetValue(key)!,
                    call.Parsed.GetValue(end),
                    call.Parsed.GetValue(prefix),
                    call.Parsed.GetValue(fromKey));
                return new WatchRun(call, new WatchCreateRequest
                {
                    Key = range.Key,
                    RangeEnd = range.End,
                    StartRevision = call.Parsed.GetValue(revision),
                    PrevKv = call.Parsed.GetValue(previous),
                    ProgressNotify = call.Parsed.GetValue(progress),
                }).RunAsync();
            });
    }
}
