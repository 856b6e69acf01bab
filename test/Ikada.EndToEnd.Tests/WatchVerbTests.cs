using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ikada.EndToEnd.Tests;

/// <summary>Watches that run a command, and those that are begun by lines, are as etcdctl's.</summary>
[Trait("Needs", "etcdctl")]
public sealed class WatchVerbTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private static readonly string[] Report =
    [
        "printenv", "ETCD_WATCH_REVISION", "ETCD_WATCH_EVENT_TYPE", "ETCD_WATCH_KEY", "ETCD_WATCH_VALUE",
    ];

    private string First => fixture.Cluster.Members[0].Endpoint;

    [Fact]
    public async Task A_command_is_run_at_each_event_with_the_event_in_its_environment()
    {
        var revision = await PutAsync("c/a", "two\nlines \"quoted\"");
        (await Command.IkadaAsync("del", "c/a", "--endpoints", First)).Succeeded();
        await PutAsync("c/b", "7");
        string[] watch = ["watch", "c/", "--prefix", $"--rev={revision}", "--", .. Report];
        var theirs = await LinesAsync("etcdctl", [], [("", 22)], watch);
        Assert.Contains(
            "\"PUT\"\n\"c/a\"\n\"two\\nlines \\\"quoted\\\"\"\n", string.Join('\n', theirs),
            StringComparison.Ordinal);
        Assert.Equal(theirs, await LinesAsync(Command.Ikada, [], [("", 22)], watch));

        // The environment names the key, too.
        string[] bare = ["watch", $"--rev={revision}", "--", .. Report];
        var set = new Dictionary<string, string>
        {
            ["ETCDCTL_WATCH_KEY"] = "c/", ["ETCDCTL_WATCH_RANGE_END"] = "c0",
        };
        Assert.Equal(theirs, await LinesAsync(Command.Ikada, set, [("", 22)], bare));
    }

    [Fact]
    public async Task A_command_that_fails_ends_the_watch()
    {
        var revision = await PutAsync("f/a", "1");
        foreach (var (command, reason) in ((string[], string)[])
            [
                (["sh", "-c", "exit 3"], "command [\"sh\" \"-c\" \"exit 3\"] error (exit status 3)"),
                (["/nowhere/x"], "command [\"/nowhere/x\"] error ("),
            ])
        {
            var ended = await Command.IkadaAsync(
                ["watch", "f/a", $"--rev={revision}", "--endpoints", First, "--", .. command]);
            Assert.Equal(1, ended.ExitCode);
            Assert.Equal("PUT\nf/a\n1\n", ended.Output);
            Assert.Contains(reason, ended.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lines_begin_watches_and_ask_how_far_they_are()
    {
        var revision = await PutAsync("i/a", "1");
        var script = $"watch i/a --rev={revision}\n\nnonsense\nwatch\n"
            + $"watch \"i/\" i0 --rev {revision} -- {string.Join(' ', Report)}\n";
        // Two watches print side by side, so only what is printed at all is compared.
        var theirs = await LinesAsync("etcdctl", [], [(script, 10), ("progress\n", 2)], "watch", "-i");
        var ours = await LinesAsync(Command.Ikada, [], [(script, 10), ("progress\n", 2)], "watch", "-i");
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.Equal(2, ours.Count(line => line.StartsWith("progress notify: ", StringComparison.Ordinal)));
    }

    private async Task<string> PutAsync(string key, string value)
    {
        var put = await Command.IkadaAsync("put", key, value, "-w", "json", "--endpoints", First);
        return Regex.Match(put.Succeeded().Output, "\"revision\":(\\d+)").Groups[1].Value;
    }

    // A watch never ends: it is stopped once it has answered each input with so many lines.
    private async Task<List<string>> LinesAsync(
        string program, Dictionary<string, string> environment, (string Text, int Lines)[] inputs,
        params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [$"--endpoints={First}", .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ETCDCTL_API"] = "3";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        var lines = new List<string>();
        try
        {
            foreach (var (text, count) in inputs)
            {
                await process.StandardInput.WriteAsync(text.AsMemory(), limit.Token);
                await process.StandardInput.FlushAsync(limit.Token);
                for (var i = 0; i < count; i++)
                {
                    lines.Add(await process.StandardOutput.ReadLineAsync(limit.Token)
                        ?? throw new InvalidDataException($"{program} ended: {await errors}"));
                }
            }

            return lines;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
