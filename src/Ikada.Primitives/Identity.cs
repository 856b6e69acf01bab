using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ikada.Primitives;

/// <summary>
/// How members and clusters get their ids: hashes of what the operator wrote, so that every node started
/// with the same configuration computes the same ids. Both stay as they are when URLs change later.
/// </summary>
public static class Identity
{
    /// <summary>The id of a member: a hash of its peer URLs, sorted, and the cluster token.</summary>
    public static NodeId NodeIdOf(ReadOnlySpan<string> peerUrls, string clusterToken)
    {
        var urls = peerUrls.ToArray();
        Array.Sort(urls, string.CompareOrdinal);
        return new NodeId(Hash(string.Join('\n', urls) + "\0" + clusterToken));
    }

    /// <summary>The id of a cluster: a hash of its first members' ids, sorted, and the token.</summary>
    public static ClusterId ClusterIdOf(ReadOnlySpan<NodeId> members, string clusterToken)
    {
        var ids = members.ToArray();
        Array.Sort(ids);
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            text.Append(id).Append('\n');
        }

        return new ClusterId(Hash(text.Append('\0').Append(clusterToken).ToString()));
    }

    /// <summary>The id of the group that is made of a lone survivor's directory, when the majority of
    /// <paramref name="lost"/> is lost: the same if that is cut off and done again, and another one for each
    /// survivor.</summary>
    public static ClusterId RecoveredClusterIdOf(ClusterId lost, NodeId survivor, Incarnation incarnation) =>
        new(Hash($"recovered\n{lost}\n{survivor}\n{incarnation}"));

    /// <summary>The id of a named group, in whatever cluster: a hash of its name.</summary>
    public static GroupId GroupIdOf(string name) => new(Hash("group\0" + name));

    internal static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        // 0 means "none" everywhere.
        return Math.Max(1, BinaryPrimitives.ReadUInt64BigEndian(digest));
    }

    private static ulong Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));
}
