namespace Ikada.Simulation.Disk;

/// <summary>What a crash took of what was not synced.</summary>
public readonly record struct CrashLosses
{
    /// <summary>Files of which some unsynced sectors were kept and others lost.</summary>
    public int TornFiles { get; init; }

    /// <summary>Files that kept their new length, and not all that stands there.</summary>
    public int SizesWithoutData { get; init; }

    /// <summary>Files that lost their new length, and kept something that stood behind the old one.</summary>
    public int DataWithoutSizes { get; init; }

    /// <summary>Names of new files that were lost.</summary>
    public int CreatesLost { get; init; }

    /// <summary>Renamings that were lost.</summary>
    public int RenamesLost { get; init; }

    /// <summary>Deletions that were lost.</summary>
    public int DeletesLost { get; init; }

    internal CrashLosses With(in CrashLosses file) => this with
    {
        TornFiles = TornFiles + file.TornFiles,
        SizesWithoutData = SizesWithoutData + file.SizesWithoutData,
        DataWithoutSizes = DataWithoutSizes + file.DataWithoutSizes,
    };

    internal CrashLosses With(NameChange lost) =>
        lost.Created is not null ? this with { CreatesLost = CreatesLost + 1 }
        : lost.RenamedTo is not null ? this with { RenamesLost = RenamesLost + 1 }
        : this with { DeletesLost = DeletesLost + 1 };
}
