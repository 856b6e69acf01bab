namespace Ikada.Simulation.Checkers;

/// <summary>I24: state machines that stand at one applied index have one state hash.</summary>
internal sealed class StateHashes
{
    public const string Property = "I24 equal state at equal index";
    private (ulong Hash, int Node)[] _hashes = new (ulong, int)[256];

    /// <summary>A node's state machine stands at an index.</summary>
    public void Stands(int node, ulong applied, ulong hash)
    {
        if (applied >= (ulong)_hashes.Length)
        {
            Array.Resize(ref _hashes, (int)Math.Max((uint)_hashes.Length * 2, applied + 1));
        }

        ref var known = ref _hashes[applied];
        if (known.Node == 0)
        {
            known = (hash, node + 1);
        }
        else if (known.Hash != hash)
        {
            throw new PropertyViolatedException(
                Property,
                $"at index {applied} the state of n{node + 1} has hash {hash:x16}, that of n{known.Node} "
                + $"{known.Hash:x16}");
        }
    }
}
