namespace Ikada.Simulation.Histories;

/// <summary>What a search found.</summary>
internal enum SearchResult
{
    /// <summary>The operations can be ordered.</summary>
    Ordered = 0,

    /// <summary>They cannot.</summary>
    Impossible,

    /// <summary>The bounds were reached first.</summary>
    GaveUp,
}

/// <summary>
/// Looks for an order of a register's operations: the search of Wing and Gong with the linked list of Lowe
/// and a memory of what was visited, depth first, on a stack of its own. Four rules, each proved in
/// docs/simulation/histories.md, keep it from trying what need not be tried:
/// <list type="number">
/// <item>An operation that changes nothing and is allowed is next at once.</item>
/// <item>Of operations with the same effect the one that must end first is next.</item>
/// <item>A value that is still needed and that nothing brings back is not left; an optional operation is next
/// only if what follows sees it.</item>
/// <item>A write whose value nothing needs any more once the reads that can follow have followed is next
/// without an alternative, where no swap of the value held is possible and nothing left may differ from a
/// value to come. So a history in which each value is written once takes time, not search.</item>
/// </list>
/// </summary>
internal sealed class RegisterSearch
{
    private readonly RegisterProblem _problem;
    private readonly RegisterState _state;
    private readonly Candidates _candidates;
    private readonly SearchBudget _budget;
    private readonly HashSet<UInt128> _visited = [];
    private readonly List<Frame> _frames = [];
    private long _untried;

    private RegisterSearch(RegisterProblem problem, SearchBudget budget)
    {
        _problem = problem;
        _budget = budget;
        _state = new RegisterState(problem);
        _candidates = new Candidates(_state, problem.Values);
    }

    /// <summary>Whether the operations can be ordered.</summary>
    public static SearchResult Run(RegisterProblem problem, SearchBudget budget) =>
        new RegisterSearch(problem, budget).Run();

    private SearchResult Run()
    {
        for (var value = 0; value < _problem.Values; value++)
        {
            if (_state.IsLost(value))
            {
                return SearchResult.Impossible;
            }
        }

        _state.Absorb();
        Enter(mustSwap: false);
        while (_frames.Count > 0)
        {
            if (_state.Required == 0)
            {
                return SearchResult.Ordered;
            }

            if (_budget.IsSpent)
            {
                return SearchResult.GaveUp;
            }

            GoOn();
        }

        return SearchResult.Impossible;
    }

    // One more candidate of the deepest state; back to the one before where there is none.
    private void GoOn()
    {
        var frame = _frames[^1];
        if (frame.Next == _candidates.Count)
        {
            _candidates.Truncate(frame.First);
            _frames.RemoveAt(_frames.Count - 1);
            return;
        }

        var candidate = _candidates[frame.Next];
        _frames[^1] = frame with { Next = frame.Next + 1 };
        _untried--;
        _state.Return(frame.Mark, frame.Value);
        var mustSwap = frame.MustSwap;
        var outcome = _state.Step(candidate, ref mustSwap);
        if (outcome != StepOutcome.Dead)
        {
            Enter(mustSwap);
        }
    }

    private void Enter(bool mustSwap)
    {
        var first = _candidates.Count;
        _budget.Steps++;
        if (_untried == 0 || IsNew(mustSwap))
        {
            _candidates.Find(mustSwap);
        }

        _untried += _candidates.Count - first;
        _frames.Add(new Frame(_state.Mark, _state.Value, mustSwap, first, first));
    }

    // Where nothing else is left to be tried no other way leads to the same state.
    private bool IsNew(bool mustSwap)
    {
        var isNew = _visited.Add(_state.Fingerprint(mustSwap ? (byte)1 : (byte)0));
        _budget.States += isNew ? 1 : 0;
        return isNew;
    }

    private readonly record struct Frame(int Mark, int Value, bool MustSwap, int First, int Next);
}
