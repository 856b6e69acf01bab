using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Replica;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Network;
using Ikada.Simulation.Operators;

namespace Ikada.Simulation.Nodes;

/// <summary>What comes to a node's consensus thread.</summary>
internal enum NodeInputKind : byte
{
    Tick,
    Frame,
    Opened,
    Closed,
    DiskDone,
    MachineDone,
    SnapshotDone,
    Asked,
    ChangeWished,
    TransferWished,
    PeerCongested,
    PeerDrained,
    SendDropped,
}

/// <summary>One input, kept while the node is busy or stands still.</summary>
internal readonly record struct NodeInput(NodeInputKind Kind, int Peer, object? What)
{
    public SimFrame Frame => (SimFrame)What!;

    public DiskOperation Operation => (DiskOperation)What!;

    public MachineWork Work => (MachineWork)What!;

    public SnapshotOperation SnapshotOperation => (SnapshotOperation)What!;

    public ClientOp Op => (ClientOp)What!;

    public Message Message => (Message)What!;

    public Wish Wish => (Wish)What!;
}
