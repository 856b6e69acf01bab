namespace Ikada.Log.Recovery;

/// <summary>Where in the log recovery stands.</summary>
internal readonly record struct Place(string File, long OffsetBytes)
{
    /// <summary>What no damage explains: whole records that contradict each other.</summary>
    public LogDamagedException Contradiction(string what) => new(
        File, OffsetBytes, what + "; the records themselves are as they were written");
}
