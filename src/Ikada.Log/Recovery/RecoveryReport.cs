namespace Ikada.Log;

/// <summary>What opening a log came upon.</summary>
public sealed record RecoveryReport
{
    /// <summary>Segments read.</summary>
    public int Segments { get; internal set; }

    /// <summary>Files found that are kept to be used again.</summary>
    public int FreeFiles { get; internal set; }

    /// <summary>Batches read.</summary>
    public long Batches { get; internal set; }

    /// <summary>The bytes of heads and batches read.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Entries read, replaced ones included.</summary>
    public long Entries { get; internal set; }

    /// <summary>The file whose end was cut as torn, or empty.</summary>
    public string TornFile { get; internal set; } = string.Empty;

    /// <summary>Where it was cut.</summary>
    public long TornOffsetBytes { get; internal set; }

    /// <summary>How many bytes were overwritten with zeros.</summary>
    public long TornBytes { get; internal set; }

    /// <summary>Every damage found, in the order of the stream. Which entries it cost is in
    /// <see cref="GroupLog.Damage"/>.</summary>
    public IReadOnlyList<FoundDamage> Damage => DamageFound;

    internal List<FoundDamage> DamageFound { get; } = [];

    /// <summary>Whether a term or vote was taken from the torn part: remembered too many is harmless,
    /// forgotten is not.</summary>
    public bool IsHardStateRescued { get; internal set; }
}
