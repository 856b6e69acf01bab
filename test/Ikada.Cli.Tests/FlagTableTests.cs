using System.Diagnostics;
using System.Text.RegularExpressions;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Tests;

public partial class FlagTableTests
{
    [Fact]
    public void The_page_on_flags_is_what_the_code_says()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "flags.md"));
        Assert.True(page == FlagsDocument.Markdown(), "docs/flags.md is old: ./ikada flags > docs/flags.md");
    }

    [Fact]
    public void No_flag_is_listed_twice() =>
        Assert.Equal(ServeFlags.All.Count, ServeFlags.All.Select(flag => flag.Name).Distinct().Count());

    [Fact]
    public void Every_default_is_a_value_of_its_kind()
    {
        foreach (var flag in ServeFlags.All.Where(flag => flag.Default.Length > 0))
        {
            Assert.Equal(flag.Default, new FlagValue(flag, flag.Default, "default").Checked().Value);
        }
    }

    [Fact]
    public void Every_flag_that_is_not_honoured_says_why() =>
        Assert.Empty(ServeFlags.All.Where(flag => flag.Note.Length == 0).Select(flag => flag.Name));

    [Fact]
    public void No_flag_that_asks_for_protection_is_taken_without_effect()
    {
        string[] protecting =
        [
            "auto-tls", "client-crl-file", "client-cert-allowed-hostname",
            "peer-client-cert-file", "peer-client-key-file", "peer-auto-tls",
            "peer-crl-file", "peer-cert-allowed-cn", "auth-token", "host-whitelist",
        ];
        foreach (var name in protecting)
        {
            var value = ServeFlags.Find(name)!.Kind == FlagKind.Boolean ? "true" : "x";
            var refusal = Serving.Refusal($"--{name}={value}");
            Assert.Equal(CliException.Failure, refusal.ExitCode);
            Assert.Contains($"--{name}={value} is refused", refusal.Message, StringComparison.Ordinal);
        }

        // Good together, and refused alone.
        foreach (var flag in (string[])
            ["cert-file=x", "key-file=x", "client-cert-auth=true", "trusted-ca-file=x"])
        {
            Assert.StartsWith(
                $"--{flag} needs ", Serving.Refusal($"--{flag}").Message, StringComparison.Ordinal);
            Assert.StartsWith(
                $"--peer-{flag} needs ", Serving.Refusal($"--peer-{flag}").Message, StringComparison.Ordinal);
        }
    }

    // etcd 3.4's help names the flags it knows; what 3.5 took over from it must be known here.
    [Fact]
    [Trait("Needs", "etcd")]
    public async Task Every_flag_that_etcd_itself_lists_is_known()
    {
        using var etcd = Process.Start(new ProcessStartInfo("etcd", "--help")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var standardError = etcd.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var help = await etcd.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)
            + await standardError;
        var names = EtcdFlag().Matches(help).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(names.Count > 60, $"etcd lists only {names.Count} flags");
        Assert.DoesNotContain(names, name => ServeFlags.Find(name) is null && name != "help");
    }

    [GeneratedRegex(@"^\s+(?:etcd )?--([a-z0-9-]+)", RegexOptions.Multiline)]
    private static partial Regex EtcdFlag();

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Ikada.slnx")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("the tests run outside the repository");
        }

        return folder;
    }
}
