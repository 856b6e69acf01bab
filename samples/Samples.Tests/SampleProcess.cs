using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ikada.Samples.Tests;

/// <summary>One node of a sample: a process of its own, and a client of its address.</summary>
internal sealed class SampleProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private SampleProcess(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(20) };
        process.OutputDataReceived += (_, line) => _output.Enqueue(line.Data ?? string.Empty);
        process.ErrorDataReceived += (_, line) => _output.Enqueue(line.Data ?? string.Empty);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public string Output => string.Join('\n', _output);

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts it, and waits until its address answers.</summary>
    public static async Task<SampleProcess> StartAsync(string sample, IEnumerable<string> settings)
    {
        var folder = Path.Combine(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!,
            "..", sample, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')));
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(Path.Combine(folder, sample))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        start.ArgumentList.Add($"--urls={address}");
        foreach (var setting in settings)
        {
            start.ArgumentList.Add($"--{setting}");
        }

        var node = new SampleProcess(Process.Start(start)!, address);
        try
        {
            await node.ListenAsync(address);
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

    private async Task ListenAsync(Uri address)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(address.Host, address.Port, patience.Token);
                return;
            }
            catch (SocketException) when (!_process.HasExited)
            {
                await Task.Delay(50, patience.Token);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                throw new InvalidOperationException($"the sample does not answer: {Output}", error);
            }
        }
    }
}
