using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>The results of a batch, as the machine set them.</summary>
internal sealed class ResultSlots(int count) : IApplyResults
{
    private readonly ReadOnlyMemory<byte>?[] _results = new ReadOnlyMemory<byte>?[count];

    /// <summary>The result at a position; null: none was set.</summary>
    public ReadOnlyMemory<byte>? this[int position] => _results[position];

    public void Set(int position, ReadOnlyMemory<byte> result) => _results[position] = result;
}
