using Ikada.Log;
using Ikada.Replica;

namespace Ikada.Simulation.Nodes;

/// <summary>What a process holds in memory, gone with it.</summary>
internal sealed record NodeProcess(
    WriteAheadLog Wal, GroupLog Log, RaftReplica Replica, CheckedStateMachine Machine);
