using Ikada.Load.Http2;

namespace Ikada.Load.Running;

/// <summary>A client of a load: it has one operation under way at a time.</summary>
public abstract class LoadCall : GrpcCall
{
    private const string NoMessage = "the answer has no message";
    private string? _wrong = NoMessage;

    /// <summary>The connection it was given.</summary>
    protected GrpcConnection Connection => Worker!.Connection;

    /// <summary>Whether each message of the answer ends an operation, and the call goes on.</summary>
    protected virtual bool IsStream => false;

    internal Worker? Worker { get; set; }

    /// <summary>When the operation under way was to begin, by <see cref="System.Diagnostics.Stopwatch"/>; the
    /// time it takes counts from here.</summary>
    protected internal long Intended { get; private set; }

    /// <summary>Sends the next operation.</summary>
    protected abstract void Send();

    /// <summary>What is wrong with an answer; null: nothing.</summary>
    protected virtual string? Check(ReadOnlySpan<byte> message) => null;

    internal void Start(long intended)
    {
        Intended = intended;
        _wrong = NoMessage;
        Send();
    }

    protected internal sealed override void OnMessage(ReadOnlySpan<byte> message)
    {
        _wrong = Check(message);
        if (IsStream)
        {
            Worker!.Done(this, _wrong);
        }
    }

    protected internal sealed override void OnEnd(string? error) =>
        Worker!.Done(this, error ?? (IsStream ? "the server has ended the stream" : _wrong));
}
