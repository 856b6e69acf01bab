namespace Ikada.Consensus;

/// <summary>What of this node's log cannot be read, or may be missing at its end (DESIGN §7, a damaged log is an
/// input at start).</summary>
internal sealed class LogDamage(ConsensusState state, RestoredLog restored)
{
    private readonly List<DamagedRange> _ranges = [.. restored.Damage];

    /// <summary>What cannot be read, by index.</summary>
    public IReadOnlyList<DamagedRange> Ranges => _ranges;

    /// <summary>Acknowledged entries may be missing at the end.</summary>
    public bool IsUnsure { get; private set; } = restored.IsUnsure;

    /// <summary>A vote may be lost, or acknowledged entries are: nothing this node says counts until it is added
    /// again.</summary>
    public bool IsTreatedAsWiped { get; private set; } = restored.LostHardState;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsNone => _ranges.Count == 0 && !IsUnsure && !IsTreatedAsWiped && !state.Self.IsNone;
}
