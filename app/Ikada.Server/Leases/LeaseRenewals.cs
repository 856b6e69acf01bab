using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>Renews leases through the log: those that come while a command is under way go with the next
/// one, so there is at most one at a time, however many leases there are. The next one waits a little for
/// those who were just answered, who often come again at once: one command for all costs less than two by
/// turns.</summary>
internal sealed class LeaseRenewals(StoreCalls calls, LeaseClock clock, TimeProvider time)
{
    private const int LeasesAtOnceMax = 10_000;
    private static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<Renewal> _waiting = new();
    private TaskCompletionSource? _enough;
    private int _wanted;
    private bool _isSending;

    /// <summary>Renews a lease; gives its granted time in seconds, 0 if it does not exist.</summary>
    public Task<long> RenewAsync(long id)
    {
        var renewal = new Renewal(id, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            _waiting.Enqueue(renewal);
            if (!_isSending)
            {
                _isSending = true;
                _ = SendAsync();
            }
            else if (_waiting.Count >= _wanted)
            {
                _enough?.TrySetResult();
            }
        }

        return renewal.Done.Task;
    }

    private async Task SendAsync()
    {
        while (Take() is { Count: > 0 } some)
        {
            Task enough;
            try
            {
                var result = await calls.WriteAsync(
                    LeaseCommand.EncodeRenew([.. some.Select(one => one.Id)]), CancellationToken.None);
                using (var view = calls.Store.Hold())
                {
                    clock.Observe(view);
                }

                enough = Expect(some.Count);
                for (var i = 0; i < some.Count; i++)
                {
                    some[i].Done.SetResult(result.TimesToLive[i]);
                }
            }
            catch (Exception failure)
            {
                // Whatever it is, those who wait are told, and the next ones get their turn.
                enough = Expect(some.Count);
                some.ForEach(one => one.Done.TrySetException(failure));
            }

            await Task.WhenAny(enough, Task.Delay(GatherTime, time));
        }
    }

    /// <summary>Done when those who are answered next have all come again.</summary>
    private Task Expect(int answered)
    {
        lock (_gate)
        {
            _wanted = Math.Min(_waiting.Count + answered, LeasesAtOnceMax);
            _enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_waiting.Count >= _wanted)
            {
                _enough.SetResult();
            }

            return _enough.Task;
        }
    }

    private List<Renewal> Take()
    {
        lock (_gate)
        {
            _enough = null;
            var some = new List<Renewal>();
            while (some.Count < LeasesAtOnceMax && _waiting.TryDequeue(out var one))
            {
                some.Add(one);
            }

            _isSending = some.Count > 0;
            return some;
        }
    }

    private sealed record Renewal(long Id, TaskCompletionSource<long> Done);
}
