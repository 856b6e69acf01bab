namespace Ikada.Log.Snapshots;

/// <summary>The one way to tell whether a file is the snapshot that it should be.</summary>
internal static class SnapshotCheck
{
    /// <summary>Checks a file. A file that is not there, or cannot be read, is damaged: the device may have
    /// lost it, and another one may be good.</summary>
    /// <param name="disk">Where.</param>
    /// <param name="name">Which file.</param>
    /// <param name="wanted">What it should be.</param>
    /// <param name="content">Gets each block, in an array of its own; null: nobody wants them.</param>
    /// <param name="isCancelWanted">Asked before each block.</param>
    /// <returns>The damage, if any; false as the second where it was cancelled.</returns>
    public static (FoundDamage? Damage, bool IsComplete) Run(
        IDisk disk, string name, SnapshotDescriptor wanted, Action<ReadOnlyMemory<byte>>? content,
        Func<bool> isCancelWanted)
    {
        if (!SnapshotNames.Exists(disk, name))
        {
            return (new FoundDamage(name, 0, 0, "the file is missing"), true);
        }

        try
        {
            var file = SnapshotFile.Open(disk, name, out var fault);
            fault = file?.Compare(wanted) ?? fault;
            var isComplete = true;
            if (fault.IsNone)
            {
                (fault, isComplete) = file!.Walk(content, isCancelWanted);
            }

            return (fault.At(name), isComplete);
        }
        catch (DiskException failure) when (failure.Operation == "pread")
        {
            return (new FoundDamage(name, 0, wanted.FileBytes, failure.Message), true);
        }
    }
}
