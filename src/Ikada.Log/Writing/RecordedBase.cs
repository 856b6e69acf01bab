using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>A base as the stream has it, up to the last batch that was built.</summary>
/// <param name="Position">The position before the first entry held.</param>
/// <param name="Membership">As of there, encoded; empty while there is no base.</param>
internal readonly record struct RecordedBase(LogPosition Position, ReadOnlyMemory<byte> Membership)
{
    public bool IsThere => !Membership.IsEmpty;
}
