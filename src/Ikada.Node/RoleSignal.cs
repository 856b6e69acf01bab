namespace Ikada.Node;

/// <summary>Lets refused clients wait for the next change of role or leader.</summary>
internal sealed class RoleSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Ends with the next change. Take it before asking what the change would answer.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
