using Google.Protobuf;
using Ikada.Api.Migrating;
using Item = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Migrating;

/// <summary>Compares both clusters at one revision: every field of every key, and the leases.</summary>
internal sealed class Verification(SourceStore source, TargetStore target, IMigrateDisplay display)
{
    private const int ToldMax = 10;
    private readonly List<string> _differences = [];

    /// <summary>How many differences there are; the first ones are told.</summary>
    public int Differences { get; private set; }

    public IReadOnlyList<string> Told => _differences;

    /// <summary>How many keys were compared.</summary>
    public long Keys { get; private set; }

    public async Task KeysAsync(long revision, CancellationToken stop)
    {
        var here = new KeyPages(request => source.RangeAsync(request, stop), revision);
        var there = new KeyPages(request => target.RangeAsync(request, stop), revision);
        await using var left = All(here).GetAsyncEnumerator(stop);
        await using var right = All(there).GetAsyncEnumerator(stop);
        var (hasLeft, hasRight) = (await left.MoveNextAsync(), await right.MoveNextAsync());
        while (hasLeft || hasRight)
        {
            var order = !hasLeft ? 1 : !hasRight ? -1 : Compare(left.Current.Key, right.Current.Key);
            if (order != 0)
            {
                Tell(order < 0 ? left.Current.Key : right.Current.Key, order < 0 ? "missing" : "too much");
            }
            else if (!left.Current.Equals(right.Current))
            {
                Tell(left.Current.Key, Difference(left.Current, right.Current));
            }

            if (++Keys % 1000 == 0)
            {
                display.Progress("verifying", Keys, here.Count ?? 0);
            }

            hasLeft = order <= 0 ? await left.MoveNextAsync() : hasLeft;
            hasRight = order >= 0 ? await right.MoveNextAsync() : hasRight;
        }

        display.Progress("verifying", Keys, Keys);
    }

    /// <summary>Compares the leases with those that the source had.</summary>
    /// <param name="wanted">The source's.</param>
    /// <param name="isSourceStill">Whether nothing has happened at the source since: else a lease may have
    /// ended there whose keys stand at the revision.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<int> LeasesAsync(
        IReadOnlyDictionary<long, MigratedLease> wanted, bool isSourceStill, CancellationToken stop)
    {
        var found = await target.LeasesAsync(stop);
        foreach (var (id, lease) in wanted)
        {
            if (!found.TryGetValue(id, out var other) || other.GrantedTtl != lease.GrantedTtl)
            {
                Tell($"lease {id:x}: granted for {lease.GrantedTtl} s, found "
                    + (other is null ? "missing" : $"{other.GrantedTtl} s"));
            }
        }

        foreach (var id in found.Keys.Where(id => isSourceStill && !wanted.ContainsKey(id)))
        {
            Tell($"lease {id:x}: too much");
        }

        return found.Count;
    }

    private static async IAsyncEnumerable<Item> All(KeyPages pages)
    {
        while (await pages.ReadAsync() is { Count: > 0 } page)
        {
            foreach (var item in page)
            {
                yield return item;
            }
        }
    }

    private static int Compare(ByteString left, ByteString right) =>
        left.Span.SequenceCompareTo(right.Span);

    private static string Difference(Item left, Item right) =>
        left.Value != right.Value ? "the value differs"
        : $"create {left.CreateRevision}, mod {left.ModRevision}, version {left.Version}, lease "
            + $"{left.Lease:x}; found {right.CreateRevision}, {right.ModRevision}, {right.Version}, "
            + $"{right.Lease:x}";

    private void Tell(ByteString key, string what) => Tell($"key '{key.ToStringUtf8()}': {what}");

    private void Tell(string difference)
    {
        Differences++;
        if (_differences.Count < ToldMax)
        {
            _differences.Add(difference);
        }
    }
}
