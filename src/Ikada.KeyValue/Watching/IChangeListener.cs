namespace Ikada.KeyValue;

/// <summary>Hears of each batch from the thread that applies, which waits for it: it must be
/// quick.</summary>
public interface IChangeListener
{
    /// <summary>Whether changes are to be collected for it. Asked once a batch.</summary>
    bool WantsChanges { get; }

    /// <summary>A batch can be read, or a snapshot has taken the place of the state.</summary>
    /// <param name="now">The state after it. Its numbers can be read at any time, its data within the call:
    /// who wants more holds it.</param>
    /// <param name="changes">What led there from the state before, in order; null if that was not
    /// collected.</param>
    void Published(KeyValueView now, IReadOnlyList<KeyValueChange>? changes);
}
