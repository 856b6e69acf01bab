using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Ikada.EndToEnd.Tests;

/// <summary>A command that runs until it is asked to end; killed at the end of the test if it still
/// does.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task<string> _output;

    private RunningCommand(string program, string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.Append(line.Data).Append('\n');
            }
        };
        _process.BeginErrorReadLine();
        _output = _process.StandardOutput.ReadToEndAsync();
    }

    public static RunningCommand Ikada(params string[] arguments) => new(Command.Ikada, arguments);

    /// <summary>Whether it has written this to the standard error.</summary>
    public bool HasSaid(string words)
    {
        lock (_errors)
        {
            return _errors.ToString().Contains(words, StringComparison.Ordinal);
        }
    }

    public Task SaysAsync(string words) => Eventually.HoldsAsync($"'{words}'", () =>
    {
        Assert.False(_process.HasExited && !HasSaid(words), _errors.ToString());
        return Task.FromResult(HasSaid(words));
    });

    public Task InterruptAsync() => SignalAsync("-INT");

    public Task TerminateAsync() => SignalAsync("-TERM");

    public async Task<Command> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        return new Command(_process.ExitCode, await _output, _errors.ToString());
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task SignalAsync(string signal) => (await Command.RunAsync(
        "kill", [], signal, _process.Id.ToString(CultureInfo.InvariantCulture))).Succeeded();
}
