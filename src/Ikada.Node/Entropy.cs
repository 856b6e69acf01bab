using System.Security.Cryptography;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>Where a process gets the seeds of its deterministic parts.</summary>
public static class Entropy
{
    /// <summary>A generator seeded by the operating system: no two processes draw the same numbers.</summary>
    public static RandomSource NewRandom() => new(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
}
