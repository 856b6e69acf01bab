using System.Text;
using System.Threading.Channels;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>One watch stream with many watchers; opened by the first.</summary>
internal sealed class WatchStream(Server server) : IAsyncDisposable
{
    private const int AsksMax = 10;
    private const long WholeStream = -1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProgressPatience = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, StringBuilder> _told = [];
    private readonly Dictionary<long, long> _lastRevision = [];
    private readonly Dictionary<long, TaskCompletionSource> _ends = [];
    private readonly Channel<string> _created = Channel.CreateUnbounded<string>();
    private readonly Channel<long> _progress = Channel.CreateUnbounded<long>();
    private CancellationTokenSource _stop = new();
    private AsyncDuplexStreamingCall<WatchRequest, WatchResponse>? _call;
    private Task _reading = Task.CompletedTask;

    /// <summary>What each watcher has been told, by its id.</summary>
    public SortedDictionary<long, string> Told
    {
        get
        {
            lock (_gate)
            {
                return new SortedDictionary<long, string>(
                    _told.ToDictionary(one => one.Key, one => one.Value.ToString()));
            }
        }
    }

    /// <summary>Forgets what was compared, and no more: a watcher may have been told something since.
    /// </summary>
    public void Forget(SortedDictionary<long, string> compared)
    {
        lock (_gate)
        {
            foreach (var (id, told) in compared)
            {
                if (_told[id].Remove(0, told.Length).Length == 0)
                {
                    _told.Remove(id);
                }
            }
        }
    }

    public async Task<string> CreateAsync(WatchCreateRequest request)
    {
        if (_call is null)
        {
            _call = server.Watch.Watch(cancellationToken: _stop.Token);
            _reading = ReadAsync(_call.ResponseStream);
        }

        await _call.RequestStream.WriteAsync(new WatchRequest { CreateRequest = request });
        try
        {
            return await _created.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return "no answer to the creation";
        }
    }

    /// <summary>Waits until the watcher has ended, so that what comes after is told to it by neither server.
    /// </summary>
    public async Task<string> CancelAsync(long id)
    {
        Task? ended;
        lock (_gate)
        {
            ended = _ends.GetValueOrDefault(id)?.Task;
        }

        if (_call is not null)
        {
            await _call.RequestStream.WriteAsync(
                new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = id } });
        }

        try
        {
            await (ended ?? Task.CompletedTask).WaitAsync(Patience);
            return "";
        }
        catch (TimeoutException)
        {
            return "no answer to the cancellation";
        }
    }

    /// <summary>Asks until there is an answer: etcd 3.5 forgets a request that comes while a watcher is
    /// behind. Late answers to earlier requests are passed over.</summary>
    public async Task<string> ProgressAsync(long revision)
    {
        for (var asked = 0; _call is not null && asked < AsksMax; asked++)
        {
            await _call.RequestStream.WriteAsync(
                new WatchRequest { ProgressRequest = new WatchProgressRequest() });
            try
            {
                while (true)
                {
                    var told = await _progress.Reader.ReadAsync().AsTask().WaitAsync(ProgressPatience);
                    if (told >= revision)
                    {
                        return $"all up to {told} has been told";
                    }
                }
            }
            catch (TimeoutException)
            {
                continue;
            }
        }

        return "no answer to the question for progress";
    }

    /// <summary>Ends the stream; the next watcher opens another.</summary>
    public async Task<string> EndAsync()
    {
        await DisposeAsync();
        _stop = new CancellationTokenSource();
        _call = null;
        _lastRevision.Clear();
        _ends.Clear();
        return "";
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _call?.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync(IAsyncStreamReader<WatchResponse> answers)
    {
        try
        {
            while (await answers.MoveNext(_stop.Token))
            {
                Take(answers.Current);
            }

            Note(-2, "the stream ended");
        }
        catch (RpcException error) when (!_stop.IsCancellationRequested)
        {
            Note(-2, $"the stream ended: {error.StatusCode}: {error.Status.Detail}");
            _created.Writer.TryWrite($"{error.StatusCode}: {error.Status.Detail}");
        }
    }

    private void Take(WatchResponse answer)
    {
        if (answer.Created)
        {
            Normal.Header(answer.Header);
            if (!answer.Canceled)
            {
                lock (_gate)
                {
                    _ends[answer.WatchId] = new TaskCompletionSource(
                        TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }

            _created.Writer.TryWrite(Text.Of(answer));
            return;
        }

        if (answer.Canceled)
        {
            Note(answer.WatchId, $"canceled compact={answer.CompactRevision} '{answer.CancelReason}'");
            lock (_gate)
            {
                if (_ends.Remove(answer.WatchId, out var end))
                {
                    end.SetResult();
                }
            }

            return;
        }

        foreach (var one in answer.Events)
        {
            Note(answer.WatchId, Text.Of(one));
        }

        if (answer.Events.Count == 0)
        {
            if (answer.WatchId == WholeStream)
            {
                _progress.Writer.TryWrite(answer.Header.Revision);
            }

            return;
        }

        TakeEvents(answer);
    }

    // How revisions are grouped into answers is free, but one revision must not be split.
    private void TakeEvents(WatchResponse answer)
    {
        lock (_gate)
        {
            var first = answer.Events[0].Kv.ModRevision;
            if (_lastRevision.TryGetValue(answer.WatchId, out var last) && first <= last)
            {
                Note(answer.WatchId, $"revision {first} came after an answer up to {last}");
            }

            _lastRevision[answer.WatchId] = answer.Fragment ? 0 : answer.Events[^1].Kv.ModRevision;
            if (answer.Header.Revision < answer.Events[^1].Kv.ModRevision)
            {
                Note(answer.WatchId, $"the header's revision is {answer.Header.Revision}");
            }
        }
    }

    private void Note(long id, string what)
    {
        lock (_gate)
        {
            if (!_told.TryGetValue(id, out var told))
            {
                _told[id] = told = new StringBuilder();
            }

            told.Append('\n').Append("    ").Append(what);
        }
    }
}
