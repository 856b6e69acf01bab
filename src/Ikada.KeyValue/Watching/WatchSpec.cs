namespace Ikada.KeyValue;

/// <summary>What a client wants to watch.</summary>
/// <param name="Range">The keys. An empty first key stands for the very first.</param>
public sealed record WatchSpec(KeyRange Range)
{
    /// <summary>The first revision wanted; 0: the one after the current. May lie in the past or in the
    /// future.</summary>
    public long StartRevision { get; init; }

    /// <summary>The id the client has chosen; 0: the stream picks one.</summary>
    public long WatchId { get; init; }

    /// <summary>Leaves puts out.</summary>
    public bool WithoutPuts { get; init; }

    /// <summary>Leaves deletions out.</summary>
    public bool WithoutDeletions { get; init; }

    /// <summary>Whether events carry what stood there before.</summary>
    public bool WithPrevious { get; init; }

    /// <summary>Whether the client is told now and then how far it is, when nothing else is sent.</summary>
    public bool WantsProgress { get; init; }

    /// <summary>Whether large responses may be cut.</summary>
    public bool MayFragment { get; init; }
}
