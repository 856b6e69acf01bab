using Ikada.Api.Migrating;
using Ikada.Api.Mvcc;
using Item = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Migrating;

/// <summary>Copies leases, and the keys as they stand at one revision. What that revision itself has put is
/// kept back: it comes as the first of the changes, with what it has deleted.</summary>
internal sealed class Copier(
    SourceStore source, TargetStore target, IMigrateDisplay display, CancellationToken stop)
{
    /// <summary>For a lease that has ended meanwhile: its keys are deleted by what is yet to come, and it
    /// goes with them.</summary>
    private const int EndedSeconds = 3600;

    private readonly List<Event> _keptBack = [];

    /// <summary>The revision that is copied; 0: none is.</summary>
    public long Revision { get; private set; }

    /// <summary>What the copied revision itself has put, in the order of the keys.</summary>
    public IReadOnlyList<Event> KeptBack => _keptBack;

    /// <summary>Returns how many keys there are.</summary>
    public async Task<long> RunAsync()
    {
        Revision = await source.RevisionAsync(stop);
        await target.BeginAsync(source.Id, Revision, stop);
        await target.LeasesAsync((await source.LeasesAsync(stop)).Values, stop);
        var pages = new KeyPages(request => source.RangeAsync(request, stop), Revision);
        var done = 0L;
        while (await pages.ReadAsync() is { Count: > 0 } page)
        {
            await BringLeasesAsync(source, target, page, stop);
            await target.KeysAsync([.. page.Where(item => item.ModRevision < Revision)], stop);
            _keptBack.AddRange(page.Where(item => item.ModRevision == Revision)
                .Select(item => new Event { Type = Event.Types.EventType.Put, Kv = item }));
            done += page.Count;
            display.Progress("copying", done, pages.Count ?? done);
        }

        return done;
    }

    /// <summary>Sees to it that the target has the leases of some keys.</summary>
    public static async Task BringLeasesAsync(
        SourceStore source, TargetStore target, IEnumerable<Item> items, CancellationToken stop)
    {
        var unknown = items.Select(item => item.Lease)
            .Where(lease => lease != 0 && !target.KnownLeases.Contains(lease)).Distinct().Order().ToArray();
        if (unknown.Length > 0)
        {
            var found = await source.LeasesAsync(unknown, stop);
            await target.LeasesAsync(
                [.. unknown.Select(id => found.GetValueOrDefault(id) ?? new MigratedLease
                {
                    Id = id, GrantedTtl = EndedSeconds, RemainingTtl = EndedSeconds,
                })],
                stop);
        }
    }
}
