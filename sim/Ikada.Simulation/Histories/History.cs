namespace Ikada.Simulation.Histories;

/// <summary>
/// What clients asked of a key-value store and what they were told, sorted by key. Operations that say
/// nothing (those
/// that failed, and gets of unknown outcome) are counted and forgotten.
/// </summary>
public sealed class History
{
    /// <summary>The number that stands for "the key is missing".</summary>
    public const int MissingValue = 0;

    private readonly List<string> _keys = [];
    private readonly List<List<HistoryOp>> _ops = [];
    private readonly List<string> _values = [""];
    private readonly Dictionary<string, int> _keyNumbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _valueNumbers = new(StringComparer.Ordinal);

    /// <summary>How many keys have operations that say something.</summary>
    public int Keys => _keys.Count;

    /// <summary>All operations, also those that say nothing.</summary>
    public long Operations { get; private set; }

    /// <summary>Those that say nothing: failed, or gets of unknown outcome.</summary>
    public long Ignored { get; private set; }

    /// <summary>Writes of unknown outcome.</summary>
    public long Unknown { get; private set; }

    /// <summary>The name of a key.</summary>
    /// <param name="key">From 0 to <see cref="Keys"/> - 1.</param>
    public string KeyName(int key) => _keys[key];

    /// <summary>The operations on a key that say something, as they were added.</summary>
    /// <param name="key">From 0 to <see cref="Keys"/> - 1.</param>
    public IReadOnlyList<HistoryOp> OpsOf(int key) => _ops[key];

    /// <summary>The string of a value; null for <see cref="MissingValue"/>.</summary>
    public string? ValueText(int value) => value == MissingValue ? null : _values[value];

    /// <summary>The number of a value; the same for equal strings. Null is the missing one.</summary>
    public int ValueNumber(string? text) => text is null ? MissingValue : ValueNumber(text.AsSpan());

    /// <summary>The number of a value; the same for equal strings.</summary>
    public int ValueNumber(ReadOnlySpan<char> text)
    {
        var numbers = _valueNumbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!numbers.TryGetValue(text, out var number))
        {
            number = _values.Count;
            _values.Add(text.ToString());
            _valueNumbers.Add(_values[number], number);
        }

        return number;
    }

    /// <summary>Adds an operation; the order of adding does not matter.</summary>
    /// <exception cref="ArgumentException">It starts after its end.</exception>
    public void Add(ReadOnlySpan<char> key, in HistoryOp op)
    {
        if (op.Result != HistoryResult.Unknown && op.Start > op.End)
        {
            throw new ArgumentException($"an operation starts at {op.Start} and ends before, at {op.End}");
        }

        Operations++;
        if (op.Result == HistoryResult.Failed
            || (op.Kind == HistoryOpKind.Get && op.Result == HistoryResult.Unknown))
        {
            Ignored++;
            return;
        }

        var isUnknown = op.Result == HistoryResult.Unknown;
        Unknown += isUnknown ? 1 : 0;
        _ops[KeyNumber(key)].Add(isUnknown ? op with { End = long.MaxValue } : op);
    }

    private int KeyNumber(ReadOnlySpan<char> key)
    {
        var numbers = _keyNumbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!numbers.TryGetValue(key, out var number))
        {
            number = _keys.Count;
            _keys.Add(key.ToString());
            _ops.Add([]);
            _keyNumbers.Add(_keys[number], number);
        }

        return number;
    }
}
