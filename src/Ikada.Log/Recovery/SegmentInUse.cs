using Ikada.Log.Format;

namespace Ikada.Log.Recovery;

/// <summary>A segment that was written on.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Head">Its head; null if it cannot be read.</param>
internal sealed record SegmentInUse(ulong Sequence, SegmentHead? Head)
{
    public string Name => LogFormat.SegmentName(Sequence);

    /// <summary>The head of the segment that follows without a gap, if it can be read.</summary>
    public SegmentHead? Successor { get; init; }

    /// <summary>Whether earlier ones were freed, or are missing.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Whether no later segment is in use.</summary>
    public bool IsLast { get; init; }
}
