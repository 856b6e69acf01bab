using System.Globalization;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// Keeps which snapshots of a node are durable by watching its disk: a file counts once it has its name and
/// the directory has been synced. I26: after a crash the state is not older than the newest of them. I13:
/// what the log has forgotten is in one of them that was read back and found good, and that one stays.
/// </summary>
internal sealed class SnapshotImage(int node)
{
    public const string Property = "I26 a durable snapshot is there after a crash";
    public const string CoverProperty = "I13 the log forgets what a verified snapshot covers";
    private const string Prefix = "snapshot-";
    private const string PartSuffix = ".part";
    private readonly Dictionary<string, ulong> _durable = [];
    private readonly HashSet<string> _verified = [];
    private readonly HashSet<string> _kept = [];
    private readonly List<string> _named = [];
    private bool _isLifting;

    /// <summary>The files that are durable, as far as is known, by name.</summary>
    public IReadOnlyCollection<string> Durable => _durable.Keys;

    /// <summary>The last entry in the newest durable one; 0: there is none.</summary>
    public ulong Newest
    {
        get
        {
            var newest = 0UL;
            foreach (var index in _durable.Values)
            {
                newest = Math.Max(newest, index);
            }

            return newest;
        }
    }

    /// <summary>Up to where the log has been told to forget.</summary>
    public ulong Base { get; private set; }

    /// <summary>Whether a file of that name is a snapshot, complete.</summary>
    public static bool IsSnapshot(string file) =>
        file.StartsWith(Prefix, StringComparison.Ordinal)
            && !file.EndsWith(PartSuffix, StringComparison.Ordinal);

    /// <summary>Whether a file of that name is one being written or received.</summary>
    public static bool IsPart(string file) =>
        file.StartsWith(Prefix, StringComparison.Ordinal)
            && file.EndsWith(PartSuffix, StringComparison.Ordinal);

    /// <summary>Whether the state of the node, and with it all its snapshots, is not to be used: they may
    /// go.</summary>
    public bool IsCondemned { get; private set; }

    /// <summary>A file was made.</summary>
    public void Created(string file)
    {
        if (IsQuarantine(file))
        {
            (IsCondemned, _isLifting) = (true, false);
        }
    }

    /// <summary>A file got another name.</summary>
    public void Renamed(string from, string to)
    {
        Gone(from);
        if (IsSnapshot(to))
        {
            _named.Add(to);
        }
    }

    /// <summary>A file was deleted.</summary>
    public void Gone(string file)
    {
        _isLifting |= IsQuarantine(file);
        _named.Remove(file);
        var covered = IsCovered(Base, _kept);
        Injured(file);
        if (!IsCondemned && covered && !IsCovered(Base, _kept))
        {
            throw new PropertyViolatedException(
                CoverProperty,
                $"n{node + 1} deletes or sets aside {file}, the last verified snapshot of what its log has "
                + $"forgotten up to {Base}");
        }
    }

    /// <summary>The directory was synced.</summary>
    public void DirectorySynced()
    {
        foreach (var name in _named)
        {
            _durable[name] = IndexOf(name);
        }

        _named.Clear();
        IsCondemned &= !_isLifting;
        _isLifting = false;
    }

    /// <summary>A start found one under its name, whether that was durable or got through by luck, and synced
    /// the directory.</summary>
    public void Found(ulong index, ulong term) => _durable[string.Create(
        CultureInfo.InvariantCulture, $"{Prefix}{World.Group.Value:x16}-{index:x16}-{term:x16}")] = index;

    /// <summary>A file was read back, all of it, and found good. One that was received and is not in force
    /// (<paramref name="isKept"/> false) may still be thrown away.</summary>
    public void Verified(ulong index, ulong term, bool isKept)
    {
        var end = string.Create(CultureInfo.InvariantCulture, $"{index:x16}-{term:x16}");
        foreach (var name in _durable.Keys)
        {
            if (name.EndsWith(end, StringComparison.Ordinal))
            {
                _verified.Add(name);
                if (isKept)
                {
                    _kept.Add(name);
                }
            }
        }
    }

    /// <summary>The power went: names that were not synced may be there or not.</summary>
    public void PowerLost()
    {
        _named.Clear();
        _isLifting = false;
    }

    /// <summary>Something in a file was changed by the disk: nothing is expected of it any more.</summary>
    public void Injured(string file)
    {
        _durable.Remove(file);
        _verified.Remove(file);
        _kept.Remove(file);
    }

    /// <summary>The disk is lost.</summary>
    public void Wiped()
    {
        _durable.Clear();
        _verified.Clear();
        _kept.Clear();
        _named.Clear();
        IsCondemned = false;
        Base = 0;
    }

    /// <summary>The node runs again; its state stands at <paramref name="applied"/>, or is not to be
    /// used.</summary>
    public void Opened(ulong applied, bool isCondemned = false)
    {
        (IsCondemned, _isLifting) = (isCondemned, false);
        // One that was kept only to be sent ends before the log begins: nothing can be replayed on it.
        if (applied < Newest && Newest >= Base)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} starts with the state of {applied}; a snapshot of {Newest} was durable");
        }
    }

    /// <summary>The log is found to begin there: that was looked at when it was told to.</summary>
    public void Recovered(ulong index) => Base = index;

    /// <summary>The log is told to forget all up to an index.</summary>
    public void Forgets(ulong index)
    {
        if (!IsCovered(index, _verified))
        {
            throw new PropertyViolatedException(
                CoverProperty,
                $"the log of n{node + 1} forgets what lies up to {index}; durable and verified: "
                + (_verified.Count == 0 ? "nothing" : string.Join(", ", _verified)));
        }

        Base = index;
    }

    /// <summary>The last entry in the snapshot of that name.</summary>
    public static ulong IndexOf(string file) => ulong.Parse(
        file.AsSpan(Prefix.Length + 17, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool IsQuarantine(string file) =>
        file.StartsWith("quarantine-", StringComparison.Ordinal);

    private bool IsCovered(ulong index, HashSet<string> by)
    {
        foreach (var name in by)
        {
            if (_durable.TryGetValue(name, out var last) && last >= index)
            {
                return true;
            }
        }

        return index == 0;
    }
}
