namespace Ikada.Sessions;

/// <summary>
/// The history of effects on the table in 64 bits: a sum of one term an effect, each with its log index in
/// it. So it does not depend on how commands were put together into batches. It finds replicas that differ,
/// and is not meant to withstand an adversary.
/// </summary>
internal static class EffectHash
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    public static ulong Term(byte what, ulong index, ulong first, ulong second) =>
        Mixed(Mixed(Mixed(what + Step) ^ index) + first) ^ Mixed(second + Step);

    public static ulong Joined(ulong table, ulong machine) => Mixed(Mixed(table + Step) + machine);

    // The finisher of SplitMix64: every bit of the result depends on every bit of the word.
    private static ulong Mixed(ulong word)
    {
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }
}
