namespace Ikada.Node;

/// <summary>Something to be done on the consensus thread, which alone may touch the log and the table of
/// groups.</summary>
internal abstract class HostCall
{
    public abstract void Execute();
}

/// <summary>The same with an answer.</summary>
internal sealed class HostCall<T>(Func<T> body) : HostCall
{
    private readonly TaskCompletionSource<T> _answer =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override void Execute()
    {
        try
        {
            _answer.SetResult(body());
        }
#pragma warning disable CA1031 // Not swallowed: whoever called gets it.
        catch (Exception error) when (error is not NodeStoppedException)
#pragma warning restore CA1031
        {
            _answer.SetException(error);
        }
    }
}
