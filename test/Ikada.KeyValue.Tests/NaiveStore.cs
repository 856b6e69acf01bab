namespace Ikada.KeyValue.Tests;

/// <summary>The rules of etcd once more, as plainly as can be: a whole copy of the keys for every
/// revision.</summary>
internal sealed class NaiveStore
{
    private readonly List<SortedDictionary<string, Version>> _revisions =
        [new(StringComparer.Ordinal), new(StringComparer.Ordinal)];

    public long Revision => _revisions.Count - 1;

    public void Put(string key, string value)
    {
        var next = new SortedDictionary<string, Version>(_revisions[^1], StringComparer.Ordinal);
        var created = next.TryGetValue(key, out var old) ? old.Create : Revision + 1;
        next[key] = new Version(created, Revision + 1, (old?.Count ?? 0) + 1, value);
        _revisions.Add(next);
    }

    public long Delete(string key, string end)
    {
        var gone = _revisions[^1].Keys.Where(candidate => IsIn(candidate, key, end)).ToList();
        if (gone.Count > 0)
        {
            var next = new SortedDictionary<string, Version>(_revisions[^1], StringComparer.Ordinal);
            gone.ForEach(one => next.Remove(one));
            _revisions.Add(next);
        }

        return gone.Count;
    }

    public string Range(string key, string end, long revision)
    {
        var at = _revisions[(int)(revision <= 0 ? Revision : revision)];
        return string.Join(' ', at.Where(pair => IsIn(pair.Key, key, end)).Select(pair => Show(
            pair.Key, pair.Value.Create, pair.Value.Mod, pair.Value.Count, pair.Value.Value)));
    }

    public static string Show(string key, long create, long mod, long version, string value) =>
        $"{key}:{create}/{mod}/{version}={value}";

    private static bool IsIn(string candidate, string key, string end) =>
        end.Length == 0 ? candidate == key
        : string.CompareOrdinal(candidate, key) >= 0
            && (end == "\0" || string.CompareOrdinal(candidate, end) < 0);

    private sealed record Version(long Create, long Mod, long Count, string Value);
}
