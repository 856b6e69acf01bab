using System.Diagnostics;
using System.Globalization;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>A writer that is under way, and what it has said.</summary>
internal sealed class WriterProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly Process _process;
    private readonly Thread _reader;
    private readonly ManualResetEventSlim _begun = new();

    public WriterProcess(string directory, ulong seed)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in
            (string[])["write", directory, seed.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _reader = new Thread(Read);
        _reader.Start();
    }

    /// <summary>What it called durable last.</summary>
    public LogIndex Durable { get; private set; }

    /// <summary>Why it ended by itself; null if it was killed.</summary>
    public string? Failure { get; private set; }

    /// <summary>Waits until it writes, or has ended.</summary>
    public void AwaitBegin() => _begun.Wait();

    public void Kill()
    {
        _process.Kill();
        Join();
    }

    /// <summary>Waits until it ends by itself. False: it did not, and was killed.</summary>
    public bool AwaitEnd()
    {
        var isOver = _process.WaitForExit(Patience);
        if (!isOver)
        {
            _process.Kill();
        }

        Join();
        return isOver;
    }

    public void Dispose()
    {
        _process.Dispose();
        _begun.Dispose();
    }

    private void Join()
    {
        _process.WaitForExit();
        _reader.Join();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            if (line == Writer.Begins)
            {
                _begun.Set();
            }
            else if (line.StartsWith(Writer.Failed, StringComparison.Ordinal))
            {
                Failure = line[Writer.Failed.Length..];
            }
            else if (line.StartsWith(Writer.Durable, StringComparison.Ordinal)
                && ulong.TryParse(
                    line.AsSpan(Writer.Durable.Length), CultureInfo.InvariantCulture, out var durable))
            {
                // One that a kill has cut short is smaller than what was meant.
                Durable = new LogIndex(Math.Max(Durable.Value, durable));
            }
        }

        _begun.Set();
    }
}
