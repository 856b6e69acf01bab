namespace Ikada.Server;

/// <summary>The streams of clients that end with the server: watches, renewals of leases, health. They are
/// told before the connections close. A client that gets the end of its stream together with the end of its
/// connection may report only the second: .NET's does, and calls it internal.</summary>
internal sealed class OpenStreams : IDisposable
{
    /// <summary>What clients have to read the end of their streams before their connections close.</summary>
    private static readonly TimeSpan ReadTime = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _ending = new();
    private int _open;

    /// <summary>Cancelled when the server begins to stop.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Counts a stream as open until what is returned is disposed.</summary>
    public Stay Enter()
    {
        Interlocked.Increment(ref _open);
        return new Stay(this);
    }

    /// <summary>Ends all streams and leaves their clients time to read why.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        var any = Volatile.Read(ref _open) > 0;
        await _ending.CancelAsync();
        if (any)
        {
            await Task.Delay(ReadTime, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _ending.Dispose();

    /// <summary>One open stream.</summary>
    internal readonly struct Stay(OpenStreams streams) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref streams._open);
    }
}
