namespace Ikada.Server;

/// <summary>The tags of a series, compared in the order in which they came.</summary>
internal sealed class TagSet(KeyValuePair<string, object?>[] tags)
{
    public static TagSet None { get; } = new([]);

    public ReadOnlySpan<KeyValuePair<string, object?>> Span => tags;
}

/// <summary>Finds a series by tags that stand on the stack: a measurement allocates nothing once its series
/// is known.</summary>
internal sealed class TagSetComparer :
    IEqualityComparer<TagSet>,
    IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, TagSet>
{
    public bool Equals(TagSet? x, TagSet? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && Equals(x.Span, y));

    public int GetHashCode(TagSet obj) => GetHashCode(obj.Span);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, TagSet other)
    {
        var others = other.Span;
        if (alternate.Length != others.Length)
        {
            return false;
        }

        for (var i = 0; i < others.Length; i++)
        {
            if (alternate[i].Key != others[i].Key || !Equals(alternate[i].Value, others[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = default(HashCode);
        foreach (var (key, value) in alternate)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public TagSet Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => new(alternate.ToArray());
}
