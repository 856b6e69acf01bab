
namespace Ikada.Consensus;

/// <summary>The consensus module of one group on one node.</summary>
public sealed partial class ConsensusCore
{
    /// <summary>Takes one input.</summary>
    public static void Step(in Input input)
    {
    }
}
