namespace Ikada.Node;

/// <summary>What can be in one <see cref="PendingList{T}"/>, which alone sets these.</summary>
internal interface IPending<T>
    where T : class
{
    T? Previous { get; set; }

    T? Next { get; set; }

    bool IsListed { get; set; }
}

/// <summary>Calls under way, linked through themselves: one comes and goes at no cost but the caller's
/// lock.</summary>
internal sealed class PendingList<T>
    where T : class, IPending<T>
{
    private T? _first;

    public int Count { get; private set; }

    /// <summary>Puts in one that is in no list.</summary>
    public void Add(T call)
    {
        (call.Previous, call.Next, call.IsListed) = (null, _first, true);
        if (_first is { } first)
        {
            first.Previous = call;
        }

        _first = call;
        Count++;
    }

    /// <summary>False: it was not there any more.</summary>
    public bool Remove(T call)
    {
        if (!call.IsListed)
        {
            return false;
        }

        if (call.Previous is { } previous)
        {
            previous.Next = call.Next;
        }
        else
        {
            _first = call.Next;
        }

        if (call.Next is { } next)
        {
            next.Previous = call.Previous;
        }

        (call.Previous, call.Next, call.IsListed) = (null, null, false);
        Count--;
        return true;
    }

    public T[] ToArray()
    {
        var all = new T[Count];
        var at = 0;
        for (var call = _first; call is not null; call = call.Next)
        {
            all[at++] = call;
        }

        return all;
    }
}
