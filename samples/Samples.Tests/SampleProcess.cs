using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ikada.Samples.Tests;

/// <summary>One node of a sample: a process of its own, and a client of its address.</summary>
internal sealed class SampleProcess : IDisposable
{
    private const string Listens = "Now listening on: ";
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource<Uri> _address = new();

    private SampleProcess(Process process)
    {
        _process = process;
        Client = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        process.OutputDataReceived += (_, line) => Says(line.Data);
        process.ErrorDataReceived += (_, line) => Says(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public string Output => string.Join('\n', _output);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts it, and waits until it says where it listens: a port that was free a moment ago may be
    /// another program's by now, and that one would answer too.</summary>
    public static async Task<SampleProcess> StartAsync(string sample, IEnumerable<string> settings)
    {
        var folder = Path.Combine(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!,
            "..", sample, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')));
        var start = new ProcessStartInfo(Path.Combine(folder, sample))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        start.ArgumentList.Add("--urls=http://127.0.0.1:0");
        foreach (var setting in settings)
        {
            start.ArgumentList.Add($"--{setting}");
        }

        var node = new SampleProcess(Process.Start(start)!);
        try
        {
            node.Client.BaseAddress = await node.ListenAsync();
            return node;
        }
        catch
        {
            node.Dispose();
            throw;
        }
    }

    /// <summary>As if its power were cut.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
        Client.Dispose();
    }

    public static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private void Says(string? line)
    {
        _output.Enqueue(line ?? string.Empty);
        if (line?.IndexOf(Listens, StringComparison.Ordinal) is >= 0 and var at)
        {
            _address.TrySetResult(new Uri(line[(at + Listens.Length)..]));
        }
    }

    private async Task<Uri> ListenAsync()
    {
        var patience = Task.Delay(TimeSpan.FromSeconds(30), Token);
        await Task.WhenAny(_address.Task, _process.WaitForExitAsync(Token), patience);
        return _address.Task.IsCompleted
            ? await _address.Task
            : throw new InvalidOperationException($"the sample does not listen: {Output}");
    }
}
