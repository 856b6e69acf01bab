using System.ComponentModel;
using System.Diagnostics;
using Ikada.Api.Etcd;
using Ikada.Api.Mvcc;

namespace Ikada.Cli.Client;

/// <summary>Runs a command at each event of a watch, one after the other, with the event in its
/// environment as etcdctl words it: text as Go quotes it.</summary>
internal sealed class WatchHook(IReadOnlyList<string> command)
{
    public async Task RunAsync(WatchResponse answer, CancellationToken cancellation)
    {
        foreach (var change in answer.Events)
        {
            await RunAsync(answer.Header.Revision, change, cancellation);
        }
    }

    private async Task RunAsync(long revision, Event change, CancellationToken cancellation)
    {
        // The standard input is not the command's: lines of "watch -i" come there.
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true };
        start.Environment["ETCD_WATCH_REVISION"] = $"{revision}";
        start.Environment["ETCD_WATCH_EVENT_TYPE"] =
            GoText.Quoted(change.Type.ToString().ToUpperInvariant());
        start.Environment["ETCD_WATCH_KEY"] = GoText.Quoted(change.Kv.Key);
        start.Environment["ETCD_WATCH_VALUE"] = GoText.Quoted(change.Kv.Value);
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            await process.WaitForExitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
        {
            throw Failed($"exit status {process.ExitCode}");
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw Failed(error.Message);
        }
    }

    private CliException Failed(string reason) => new(
        $"watch: command [{string.Join(' ', command.Select(GoText.Quoted))}] error ({reason}); the watch has "
            + "ended");
}
