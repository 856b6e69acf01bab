using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>Holds what a writer left against the engine in memory.</summary>
internal sealed class Judge(ulong seed, RandomSource random)
{
    private const int ReplayMax = 2000;
    private readonly KeyValueStore _memory = new();
    private readonly Commands _commands = new(seed);

    /// <summary>How far the state in memory is: what was found, and the replay behind it.</summary>
    public LogIndex Last => _memory.AppliedIndex;

    /// <summary>What is wrong with a directory; null: nothing. Leaves it with some commands more, closed and
    /// so durable.</summary>
    /// <param name="directory">The engine's.</param>
    /// <param name="durable">What its writer called durable last.</param>
    public string? WhatIsWrong(string directory, LogIndex durable)
    {
        using var store = RocksDbStore.Open(directory, Writer.Settings);
        var machine = new KeyValueStore(store);
        var promised = durable > Last ? durable : Last;
        if (machine.AppliedIndex < promised)
        {
            return $"index {machine.AppliedIndex} was found, and {promised} had been durable";
        }

        Advance(machine.AppliedIndex);
        if (Difference(machine) is { } found)
        {
            return "found: " + found;
        }

        _commands.Apply(machine, 1 + random.NextBelow(ReplayMax));
        Advance(machine.AppliedIndex);
        return Difference(machine) is { } replayed ? "replayed: " + replayed : null;
    }

    private void Advance(LogIndex index)
    {
        while (_memory.AppliedIndex < index)
        {
            _commands.Apply(_memory, (int)Math.Min(1000, index - _memory.AppliedIndex));
        }
    }

    // The rolling hash is of the history of effects; the other one of what is really there.
    private string? Difference(KeyValueStore machine)
    {
        var (expected, content) = (_memory.View.HashAt(0).Hash, machine.View.HashAt(0).Hash);
        return _memory.StateHash == machine.StateHash && expected == content ? null
            : $"at {machine.AppliedIndex} hash {machine.StateHash:x16}, content {content:x16}; the engine in "
                + $"memory has {_memory.StateHash:x16}, {expected:x16}";
    }
}
