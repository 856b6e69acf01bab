using System.Collections.Concurrent;
using Ikada.Primitives;

namespace Ikada;

/// <summary>The ids of named groups, and which name has which.</summary>
internal sealed class GroupNames(Func<string, GroupId> idOf)
{
    private readonly ConcurrentDictionary<GroupId, string> _names = new();

    /// <summary>The id of a name.</summary>
    /// <exception cref="ArgumentException">Another name has it.</exception>
    public GroupId Take(string name)
    {
        var id = idOf(name);
        var holder = _names.GetOrAdd(id, name);
        return holder == name ? id : throw new ArgumentException(
            $"the groups '{holder}' and '{name}' have the same id, {id}, which is a hash of the name: give "
                + "one of them another name",
            nameof(name));
    }
}
