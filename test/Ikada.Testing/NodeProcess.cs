using System.Diagnostics;

namespace Ikada.Testing;

/// <summary>A node's process, and how it is treated.</summary>
public sealed class NodeProcess(string name, ProcessStartInfo start) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private Process? _process;

    public string Name => name;

    public bool IsUp => _process is { HasExited: false };

    public async Task StartAsync()
    {
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} does not start");
        await ReadAsync("ready", Patience);
    }

    /// <summary>Asks, and waits for the answer.</summary>
    public async Task<string> AskAsync(string command, TimeSpan patience)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            await _process!.StandardInput.WriteLineAsync(command);
            await _process.StandardInput.FlushAsync();
            return await ReadAsync(null, patience);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The processor time that it has used.</summary>
    public TimeSpan ProcessorTime => Refreshed().TotalProcessorTime;

    /// <summary>The memory that it holds.</summary>
    public long WorkingSetBytes => Refreshed().WorkingSet64;

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>SIGSTOP for a while, then SIGCONT.</summary>
    public async Task FreezeAsync(TimeSpan time)
    {
        await SignalAsync("STOP");
        await Task.Delay(time);
        await SignalAsync("CONT");
    }

    public async ValueTask DisposeAsync()
    {
        if (IsUp)
        {
            await KillAsync();
        }

        _oneAtATime.Dispose();
    }

    private Process Refreshed()
    {
        _process!.Refresh();
        return _process;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    private async Task<string> ReadAsync(string? expected, TimeSpan patience)
    {
        var line = await _process!.StandardOutput.ReadLineAsync().WaitAsync(patience)
            ?? throw new InvalidOperationException($"{name} has ended");
        return expected is null || line == expected
            ? line : throw new InvalidOperationException($"{name} says '{line}', expected was '{expected}'");
    }
}
