namespace Ikada.Simulation.Histories;

/// <summary>What became of a step.</summary>
internal enum StepOutcome
{
    /// <summary>Nothing that follows can end well.</summary>
    Dead = 0,

    /// <summary>Others must follow that find the value now held.</summary>
    Partial,

    /// <summary>Nothing left finds the value now held.</summary>
    Complete,
}

/// <summary>Steps of the search: an operation and what follows from it without a choice.</summary>
internal static class RegisterSteps
{
    /// <summary>All that change nothing, may be next and are allowed are next; how many they were.</summary>
    public static int Absorb(this RegisterState state)
    {
        var taken = 0;
        for (var entry = state.Pending.First; entry >= 0; entry = state.Pending.After(entry))
        {
            if (PendingOps.IsReturn(entry))
            {
                break;
            }

            var op = PendingOps.OpOf(entry);
            ref readonly var what = ref state.Op(op);
            if (!what.LeavesValue && state.Allows(what))
            {
                state.Take(op);
                taken++;
            }
        }

        return taken;
    }

    /// <summary>
    /// A candidate is next, then what it allows, then swaps that are the only way on.
    /// </summary>
    /// <param name="state">Where the order stands.</param>
    /// <param name="candidate">The step.</param>
    /// <param name="mustSwap">Whether only a swap may follow, since nobody else would have seen an optional
    /// operation: before the step, then after it.</param>
    public static StepOutcome Step(this RegisterState state, int candidate, ref bool mustSwap)
    {
        var before = state.Value;
        var mustBeSeen = state.What(candidate).IsOptional && (mustSwap || !state.IsSkip(candidate));
        state.Take(candidate);
        mustSwap = false;
        if (state.IsLost(before))
        {
            return StepOutcome.Dead;
        }

        mustSwap = state.Absorb() == 0 && mustBeSeen;
        while (state.MustStay)
        {
            var swap = OnlySwap(state, out var mayWait);
            if (swap < 0)
            {
                return mayWait ? StepOutcome.Partial : StepOutcome.Dead;
            }

            state.Take(swap);
            state.Absorb();
            mustSwap = false;
        }

        var value = state.Value;
        return state.Need(value) == 0 && state.Wish(value) == 0 && !mustSwap
            ? StepOutcome.Complete : StepOutcome.Partial;
    }

    // The swap that is next, since it alone is left of what needs the value held; mayWait: none is, but
    // something else may be once an optional operation has been given up.
    private static int OnlySwap(RegisterState state, out bool mayWait)
    {
        mayWait = false;
        var swap = -1;
        for (var entry = state.Pending.First; entry >= 0; entry = state.Pending.After(entry))
        {
            var op = PendingOps.OpOf(entry);
            ref readonly var what = ref state.Op(op);
            if (PendingOps.IsReturn(entry))
            {
                mayWait = what.IsOptional;
                break;
            }

            if (what is { Kind: RegisterOpKind.Swap, IsOptional: false } && what.From == state.Value)
            {
                swap = op;
            }
        }

        return state.Need(state.Value) == 1 && !mayWait ? swap : -1;
    }
}
