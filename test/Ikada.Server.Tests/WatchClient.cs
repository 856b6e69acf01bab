using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

/// <summary>One watch stream, by a client that knows nothing of this server.</summary>
internal sealed class WatchClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;

    public WatchClient(GrpcChannel channel, params (string Name, string Value)[] metadata)
    {
        var headers = new Metadata();
        foreach (var (name, value) in metadata)
        {
            headers.Add(name, value);
        }

        _call = new Watch.WatchClient(channel).Watch(
            headers, cancellationToken: TestContext.Current.CancellationToken);
    }

    public Task SendAsync(WatchRequest request) => _call.RequestStream.WriteAsync(request);

    public Task AskAsync(WatchCreateRequest create) => SendAsync(new WatchRequest { CreateRequest = create });

    public Task AskAsync(string key, string end = "", long start = 0) => AskAsync(new WatchCreateRequest
    {
        Key = ServerFixture.Bytes(key),
        RangeEnd = ServerFixture.Bytes(end),
        StartRevision = start,
    });

    public Task CancelAsync(long id) => SendAsync(new WatchRequest
    {
        CancelRequest = new WatchCancelRequest { WatchId = id },
    });

    public Task AskProgressAsync() =>
        SendAsync(new WatchRequest { ProgressRequest = new WatchProgressRequest() });

    public Task CompleteAsync() => _call.RequestStream.CompleteAsync();

    /// <summary>The next response.</summary>
    public async Task<WatchResponse> NextAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        Assert.True(await _call.ResponseStream.MoveNext(limit.Token), "the stream ended");
        return _call.ResponseStream.Current;
    }

    /// <summary>Creates a watcher and takes the answer.</summary>
    public async Task<WatchResponse> CreateAsync(string key, string end = "", long start = 0)
    {
        await AskAsync(key, end, start);
        var created = await NextAsync();
        Assert.True(created.Created);
        Assert.Empty(created.Events);
        return created;
    }

    /// <summary>The next events, from as many responses as it takes.</summary>
    public async Task<List<Api.Mvcc.Event>> EventsAsync(int count)
    {
        var events = new List<Api.Mvcc.Event>();
        while (events.Count < count)
        {
            var response = await NextAsync();
            Assert.NotEmpty(response.Events);
            events.AddRange(response.Events);
        }

        return events;
    }

    public void Dispose() => _call.Dispose();
}
