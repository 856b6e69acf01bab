namespace Ikada.Simulation.Faults;

/// <summary>How the links of a cluster are cut.</summary>
internal enum PartitionShape
{
    /// <summary>Two groups that do not see each other.</summary>
    Halves = 0,

    /// <summary>One node alone.</summary>
    Isolated,

    /// <summary>Two groups, and one node that sees both.</summary>
    Bridge,

    /// <summary>Each node sees its two neighbours only: every node sees a majority of five, no two the
    /// same.</summary>
    Ring,

    /// <summary>One direction of some links.</summary>
    OneWay,

    /// <summary>One node cut off and back, again and again, around the election timeout.</summary>
    Flapping,
}
