namespace Ikada.Simulation;

/// <summary>What the nodes of a run replicate, and how clients ask.</summary>
public enum WorkloadKind
{
    /// <summary>A key-value store: clients put, delete and read a few keys.</summary>
    Keys = 0,

    /// <summary>A machine that shows what is applied twice, with client sessions before it: clients send
    /// again what was not answered.</summary>
    Sessions,

    /// <summary>The key-value store with transactions, leases that run out, compactions and
    /// watchers.</summary>
    Store,
}
