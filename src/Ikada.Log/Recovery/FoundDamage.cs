namespace Ikada.Log;

/// <summary>A place in the files of the log that is not as it was written.</summary>
/// <param name="File">Which file.</param>
/// <param name="OffsetBytes">Where it begins.</param>
/// <param name="EndBytes">Where it ends.</param>
/// <param name="What">What is wrong there, and what tells that it is not a torn write.</param>
public sealed record FoundDamage(string File, long OffsetBytes, long EndBytes, string What)
{
    /// <summary>What an operator can do where the other members do not repair it.</summary>
    public const string Remedy = LogDamagedException.Remedy;
}
