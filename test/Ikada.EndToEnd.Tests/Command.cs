using System.Diagnostics;

namespace Ikada.EndToEnd.Tests;

/// <summary>What a program that ran to its end said.</summary>
internal sealed record Command(int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    /// <summary>The program under test, beside the tests.</summary>
    public static string Ikada { get; } = Path.Combine(AppContext.BaseDirectory, "Ikada.Cli");

    public static Task<Command> IkadaAsync(params string[] arguments) => RunAsync(Ikada, [], arguments);

    public static Task<Command> EtcdctlAsync(string endpoints, params string[] arguments) => RunAsync(
        "etcdctl", new() { ["ETCDCTL_API"] = "3" }, ["--endpoints=" + endpoints, .. arguments]);

    public static async Task<Command> RunAsync(
        string program, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit =
            CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new Command(process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    public Command Succeeded()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Errors}");
        return this;
    }
}
