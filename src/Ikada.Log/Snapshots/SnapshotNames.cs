using System.Globalization;
using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>The names of snapshot files: they say whose state it is and up to which entry, so that a list
/// of names is a list of snapshots.</summary>
internal static class SnapshotNames
{
    public const string PartSuffix = ".part";
    private const string Prefix = "snapshot-";
    private const string QuarantinePrefix = "quarantine-";
    private const string DamagedPrefix = "damaged-";
    private const int Digits = 16;
    private const int Length = 9 + (3 * Digits) + 2;

    public static string Of(GroupId group, LogPosition position) =>
        $"{Prefix}{group.Value:x16}-{position.Index.Value:x16}-{position.Term.Value:x16}";

    public static string Of(SnapshotDescriptor descriptor) => Of(descriptor.Group, descriptor.Position);

    /// <summary>The name of the mark that a group's state is not to be used.</summary>
    public static string QuarantineOf(GroupId group) => $"{QuarantinePrefix}{group.Value:x16}";

    public static string PartOf(SnapshotDescriptor descriptor) => Of(descriptor) + PartSuffix;

    /// <summary>The name under which a file that cannot be used is kept, for whoever wants to
    /// look.</summary>
    public static string Damaged(string name) => DamagedPrefix + name;

    /// <summary>Takes a name apart; false if it is not exactly as <see cref="Of(GroupId, LogPosition)"/>
    /// makes it, with or without the suffix of a part.</summary>
    public static bool TryParse(string name, out GroupId group, out LogPosition position, out bool isPart)
    {
        (group, position) = (default, default);
        isPart = name.EndsWith(PartSuffix, StringComparison.Ordinal);
        var bare = isPart ? name[..^PartSuffix.Length] : name;
        if (bare.Length != Length || !bare.StartsWith(Prefix, StringComparison.Ordinal)
            || !TryNumber(bare, 0, out var first) || !TryNumber(bare, 1, out var index)
            || !TryNumber(bare, 2, out var term))
        {
            return false;
        }

        group = new GroupId(first);
        position = new LogPosition(new LogIndex(index), new Term(term));
        return Of(group, position) == bare;
    }

    /// <summary>Gives a synced part its name, durably.</summary>
    public static void PutInPlace(IDisk disk, string part, string name)
    {
        // First the part's own name: an older part of that name may have been deleted, and a power cut that
        // kept the renaming but not that deletion would put the old one in place.
        disk.SyncDirectory();
        disk.Rename(part, name);
        disk.SyncDirectory();
    }

    public static bool Exists(IDisk disk, string wanted)
    {
        foreach (var name in disk.List())
        {
            if (name == wanted)
            {
                return true;
            }
        }

        return false;
    }

    public static void DeleteIfThere(IDisk disk, string name)
    {
        if (Exists(disk, name))
        {
            disk.Delete(name);
        }
    }

    /// <summary>Deletes as far as the disk still lets it, after another failure that is told.</summary>
    public static void TryDelete(IDisk disk, string name)
    {
        try
        {
            DeleteIfThere(disk, name);
        }
        catch (DiskException)
        {
            return; // the next start deletes it; the first failure is the one to tell
        }
    }

    private static bool TryNumber(string name, int nth, out ulong value) => ulong.TryParse(
        name.AsSpan(Prefix.Length + (nth * (Digits + 1)), Digits), NumberStyles.AllowHexSpecifier,
        CultureInfo.InvariantCulture, out value);
}
