using System.Diagnostics;
using Ikada.Api.Mvcc;

namespace Ikada.Cli.Migrating;

/// <summary>Brings to the target what happens at the source, revision by revision.</summary>
internal sealed class Follower(
    SourceStore source,
    TargetStore target,
    IMigrateDisplay display,
    Copier copier,
    CancellationToken stop) : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>How long the source may be ahead without a word before another server is asked.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10);

    /// <summary>How long the changes of the copied revision itself are waited for: an etcd that was compacted
    /// at it may have forgotten them.</summary>
    private static readonly TimeSpan FirstMax = TimeSpan.FromSeconds(5);

    private readonly SourceWatch _watch = new(
        source, copier.Revision > 0 ? copier.Revision : target.Revision + 1, stop);

    private bool _isCopyEnded = copier.Revision == 0;

    /// <summary>How many revisions were followed.</summary>
    public long Revisions { get; private set; }

    public ValueTask DisposeAsync() => _watch.DisposeAsync();

    /// <summary>Follows until the operator cuts over, or once only until it is level.</summary>
    public async Task FollowAsync(bool once, MigrateSignals signals)
    {
        await EndCopyAsync();
        if (once)
        {
            await CatchUpAsync(await source.RevisionAsync(stop));
            return;
        }

        display.Say("following; Ctrl-C (SIGINT) cuts over: stop the writers of the source first");
        var cutOver = signals.BeginFollowing();
        while (!cutOver.IsCancellationRequested)
        {
            var ahead = await source.RevisionAsync(stop);
            display.Following(target.Revision, Math.Max(0, ahead - target.Revision), untilCutOver: true);
            await TakeForAsync(LookInterval, cutOver);
        }
    }

    /// <summary>Follows until the target has a revision of the source.</summary>
    public async Task CatchUpAsync(long revision)
    {
        var heard = Stopwatch.GetTimestamp();
        while (target.Revision < revision)
        {
            display.Following(target.Revision, revision - target.Revision, untilCutOver: false);
            if (await TakeForAsync(LookInterval, CancellationToken.None))
            {
                heard = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(heard) > SilenceMax)
            {
                heard = Stopwatch.GetTimestamp();
                await _watch.RestartAsync();
            }
        }
    }

    /// <summary>The copied revision comes first, as its own watch tells it; where that is silent, what was
    /// kept back of it.</summary>
    private async Task EndCopyAsync()
    {
        var first = copier.Revision > 1 && !_isCopyEnded ? await FirstAsync() : [];
        if (!_isCopyEnded && (first.Count == 0 || first[0].Kv.ModRevision != copier.Revision))
        {
            await SendAsync(copier.KeptBack);
            if (copier.KeptBack.Count == 0)
            {
                await target.EndCopyAsync(stop);
            }
        }

        _isCopyEnded = true;
        await SendAsync(first);
    }

    private async Task<IReadOnlyList<Event>> FirstAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(FirstMax);
        try
        {
            return await ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <summary>Takes what comes for a while. True: something came.</summary>
    private async Task<bool> TakeForAsync(TimeSpan time, CancellationToken cutOver)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop, cutOver);
        limit.CancelAfter(time);
        var came = false;
        try
        {
            while (!limit.IsCancellationRequested)
            {
                var events = await ReadAsync(limit.Token);
                came = true;
                await SendAsync(events);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The time is over, or the operator cuts over.
            return came;
        }

        return came;
    }

    private async Task<IReadOnlyList<Event>> ReadAsync(CancellationToken limit)
    {
        // Throws what ended the watch.
        await _watch.Answers.WaitToReadAsync(limit);
        return _watch.Answers.TryRead(out var events) ? events : [];
    }

    private async Task SendAsync(IReadOnlyList<Event> events)
    {
        // What the target has already: the copied revision may be told after it was waited for.
        var unseen = events.Where(change => change.Kv.ModRevision > target.Revision).ToArray();
        await Copier.BringLeasesAsync(source, target, unseen.Select(change => change.Kv), stop);
        var before = target.Revision;
        await target.ChangesAsync(unseen, stop);
        Revisions += target.Revision - before;
    }
}
