namespace Ikada.Simulation.Faults;

/// <summary>Which kinds of faults a run may use.</summary>
public readonly record struct FaultSet
{
    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();
    private readonly ulong _bits;

    private FaultSet(ulong bits) => _bits = bits;

    /// <summary>No faults.</summary>
    public static FaultSet None => default;

    /// <summary>Every kind.</summary>
    public static FaultSet All => new((1UL << Kinds.Length) - 1);

    /// <summary>How many kinds there are.</summary>
    public static int KindCount => Kinds.Length;

    /// <summary>Whether <paramref name="kind"/> is among them.</summary>
    public bool Contains(FaultKind kind) => (_bits & (1UL << (int)kind)) != 0;

    /// <summary>The kinds in it, in their order.</summary>
    public IReadOnlyList<FaultKind> ToList()
    {
        var set = this;
        return Array.FindAll(Kinds, set.Contains);
    }

    /// <summary>The set of these kinds.</summary>
    public static FaultSet Of(IEnumerable<FaultKind> kinds)
    {
        var set = None;
        foreach (var kind in kinds)
        {
            set = set.With(kind);
        }

        return set;
    }

    /// <summary>The set with <paramref name="kind"/> added.</summary>
    public FaultSet With(FaultKind kind) => new(_bits | (1UL << (int)kind));

    /// <summary>The set with <paramref name="kind"/> taken out.</summary>
    public FaultSet Without(FaultKind kind) => new(_bits & ~(1UL << (int)kind));

    /// <summary>The name of a kind as it is written on the command line.</summary>
    public static string NameOf(FaultKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Reads <c>all</c>, <c>none</c> or a comma list of names. On failure
    /// <paramref name="error"/> names the
    /// value and says what is possible.</summary>
    public static bool TryParse(string text, out FaultSet faults, out string error)
    {
        faults = None;
        error = string.Empty;
        if (text is "all" or "none")
        {
            faults = text == "all" ? All : None;
            return true;
        }

        foreach (var name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = Array.FindIndex(Kinds, kind => NameOf(kind) == name);
            if (at < 0)
            {
                error = $"'{name}' is not a fault; use all, none or a comma list of "
                    + string.Join(", ", Array.ConvertAll(Kinds, NameOf));
                return false;
            }

            faults = faults.With(Kinds[at]);
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var bits = _bits;
        return this == All ? "all"
            : this == None ? "none"
            : string.Join(',', Array.ConvertAll(
                Array.FindAll(Kinds, kind => (bits & (1UL << (int)kind)) != 0), NameOf));
    }
}
