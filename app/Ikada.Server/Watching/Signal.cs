using System.Threading.Channels;

namespace Ikada.Server;

/// <summary>Wakes one waiter. Set any number of times before it waits, it wakes it once.</summary>
internal sealed class Signal
{
    private readonly Channel<bool> _set = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Wakes the waiter; never blocks.</summary>
    public void Set() => _set.Writer.TryWrite(true);

    /// <summary>Waits until it is set, and takes that back.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _set.Reader.ReadAsync(cancellation);
}
