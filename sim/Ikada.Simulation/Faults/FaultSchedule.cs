using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Network;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Faults;

/// <summary>
/// Lets the faults of the plan happen: each active kind strikes, lasts a drawn time, ends, and strikes
/// again after a
/// drawn time, until everything heals.
/// </summary>
internal sealed class FaultSchedule
{
    private readonly World _world;
    private readonly FaultPlan _plan;
    private readonly RandomSource _random = new(0);
    private readonly RandomSource _restarts;
    private readonly StrikePlan _strikes;
    private readonly PartitionCutter _partitions;
    private readonly StorageFaults _storage;

    public FaultSchedule(World world, FaultPlan plan, RandomSource random)
    {
        (_world, _plan, _restarts) = (world, plan, random);
        _partitions = new PartitionCutter(world, random.Split());
        _storage = new StorageFaults(world, _random);
        _strikes = new StrikePlan(world.Options, random.Split());
    }

    /// <summary>What strikes draw from, and nothing else does: it starts afresh with each strike, so that a
    /// strike draws the same whichever others happen.</summary>
    public RandomSource Draws => _random;

    /// <summary>The strikes that happened.</summary>
    public IReadOnlyList<Strike> Happened => _strikes.Happened;

    /// <summary>Whether everything has healed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The kinds that came after <see cref="FaultKind.DiskError"/>.</summary>
    public FurtherFaults? Further { get; set; }

    /// <summary>Plans the first strike of every active kind.</summary>
    public void Begin()
    {
        Further!.Begin();
        for (var kind = (FaultKind)0; (int)kind < FaultSet.KindCount; kind++)
        {
            if (_plan.Active.Contains(kind))
            {
                Plan(kind);
            }
        }
    }

    /// <summary>A fault strikes.</summary>
    public void Strike(FaultKind kind)
    {
        if (IsOver)
        {
            return;
        }

        var (number, seed, happens) = _strikes.Next(kind);
        Plan(kind);
        if (!happens)
        {
            return;
        }

        _random.Restart(seed);
        _world.Log.Add(_world.Now, TraceKind.FaultStruck, -1, -1, (long)kind, number);
        switch (kind)
        {
            case FaultKind.Crash:
                CrashSome();
                break;
            case FaultKind.Pause:
                PauseOne();
                break;
            case FaultKind.Partition:
                _partitions.Cut(_random.NextUInt64());
                Later(SimEventKind.FaultEnds, kind, _random.Exponential(2 * Draw.Second));
                break;
            case FaultKind.Reset:
                ResetSome();
                break;
            case FaultKind.SlowDisk or FaultKind.SlowApply:
                SlowOne(kind);
                break;
            case FaultKind.Skew:
                ChangeClock();
                break;
            case FaultKind.Membership or FaultKind.Transfer or FaultKind.Lease or FaultKind.Wipe
                or FaultKind.Damage or FaultKind.SnapshotDamage:
                _world.Operators.Strike(kind);
                break;
            case FaultKind.Lag or FaultKind.NoSpace or FaultKind.DiskError:
                _storage.Strike(kind);
                break;
            case > FaultKind.DiskError when FurtherFaults.Strikes(kind):
                Further!.Strike(kind);
                break;
            case > FaultKind.DiskError and not FaultKind.Truncate:
                break; // it is so all the time
            default:
                ChangeWeather(kind);
                break;
        }
    }

    /// <summary>A fault ends; <paramref name="node"/> says where, for those that strike one node.</summary>
    public void End(FaultKind kind, int node)
    {
        switch (kind)
        {
            case FaultKind.Pause:
                _world.Nodes[node].Resume();
                break;
            case FaultKind.Partition:
                _partitions.Mend();
                break;
            case FaultKind.SlowDisk:
                _world.Nodes[node].Machine.SlowDisk = 0;
                break;
            case FaultKind.SlowApply:
                _world.Nodes[node].Machine.SlowApply = 0;
                break;
            case FaultKind.NoSpace:
                _storage.SpaceIsBack(_world.Nodes[node]);
                break;
            default:
                Further!.End(kind, node);
                break;
        }
    }

    /// <summary>A node crashes in the middle of what its disk does.</summary>
    public void CrashNow(SimulatedNode node, int epoch, bool losesPower)
    {
        if (!IsOver && node.Epoch == epoch)
        {
            CrashOne(node, losesPower);
        }
    }

    /// <summary>A flapping partition flaps.</summary>
    public void Flap() => _partitions.Flap();

    /// <summary>Everything heals: no fault strikes any more.</summary>
    public void Heal()
    {
        IsOver = true;
        _partitions.Mend();
        _world.Network.Heal();
        Further!.Heal();
        foreach (var node in _world.Nodes)
        {
            node.Resume();
            node.Machine.Heal();
            node.Clock.SetRate(_world.Now, 1_000_000);
            node.ClockChanged();
            if (!node.IsUp)
            {
                StartLater(node.Index);
            }
        }
    }

    /// <summary>A node that is down starts after a while: at once, soon or late.</summary>
    public void StartLater(int node)
    {
        var delay = IsOver ? 10 * Draw.Millisecond
            : _restarts.NextBelow(8) switch
            {
                0 or 1 or 2 => _restarts.Between(0, 20 * Draw.Millisecond),
                7 => _restarts.Between(5 * Draw.Second, 20 * Draw.Second),
                _ => _restarts.Exponential(Draw.Second),
            };
        StartAfter(node, delay);
    }

    /// <summary>A node that is down starts after that while.</summary>
    public void StartAfter(int node, long delay) => _world.Queue.Add(_world.Now + delay, new SimEvent
    {
        Kind = SimEventKind.NodeStarts,
        Node = (short)node,
    });

    private void CrashSome()
    {
        var losesPower = !_random.OneIn(3);
        switch (_random.NextBelow(10))
        {
            case < 3:
                CrashOne(_world.Nodes[_random.NextBelow(_world.NodeCount)], losesPower);
                break;
            case < 5:
                CrashOne(Leader() ?? _world.Nodes[0], losesPower);
                break;
            case < 8:
                var node = _random.OneIn(2) ? Leader() : null;
                node ??= _world.Nodes[_random.NextBelow(_world.NodeCount)];
                node.Machine.CrashDuringOperation(losesPower);
                break;
            case 8:
                CrashMany(all: false, losesPower);
                break;
            default:
                CrashMany(all: true, losesPower);
                break;
        }
    }

    private void CrashMany(bool all, bool losesPower)
    {
        var crashed = 0;
        foreach (var node in _world.Nodes)
        {
            if (all || _random.OneIn(2))
            {
                crashed += node.IsUp ? 1 : 0;
                CrashOne(node, losesPower);
            }
        }

        if (crashed >= Quorum.MajorityOf(_world.NodeCount))
        {
            _world.Counts.Reached(Mark.MajorityCrashed);
        }
    }

    // One that is down already does not crash.
    private void CrashOne(SimulatedNode node, bool losesPower)
    {
        if (node.IsUp)
        {
            _world.Counts.Fired(FaultKind.Crash);
            Crash(node, losesPower);
        }
    }

    /// <summary>A node crashes and comes back after a while.</summary>
    public void Crash(SimulatedNode node, bool losesPower)
    {
        if (node.IsUp)
        {
            node.Crash(losesPower);
            node.Machine.BootCalls = _restarts.OneIn(6) ? _restarts.NextBelow(16) : -1;
            StartLater(node.Index);
        }
    }

    private void PauseOne()
    {
        var node = _random.OneIn(2) ? Leader() : null;
        node ??= _world.Nodes[_random.NextBelow(_world.NodeCount)];
        if (!node.IsUp || node.IsPaused)
        {
            return;
        }

        _world.Counts.Fired(FaultKind.Pause);
        node.Pause();
        // From the pause of a garbage collection to that of a suspended machine.
        var mean = _random.OneIn(2) ? 200 * Draw.Millisecond : 2 * Draw.Second;
        Later(SimEventKind.FaultEnds, FaultKind.Pause, _random.Exponential(mean), node.Index);
    }

    private void ResetSome()
    {
        switch (_random.NextBelow(3))
        {
            case 0:
                var links = _world.Network.Links;
                _world.Network.Reset(links[_random.NextBelow(links.Length)]);
                break;
            case 1:
                ResetAllOf(_world.Nodes[_random.NextBelow(_world.NodeCount)].Index);
                break;
            default:
                // The leader lives on; its followers think it lost.
                if (Leader() is { } leader)
                {
                    ResetAllOf(leader.Index);
                }

                break;
        }
    }

    private void ResetAllOf(int node)
    {
        for (var peer = 0; peer < _world.NodeCount; peer++)
        {
            if (peer != node)
            {
                _world.Network.Reset(_world.Network.Between(node, peer));
                _world.Network.Reset(_world.Network.Between(peer, node));
            }
        }
    }

    private void SlowOne(FaultKind kind)
    {
        var node = _random.OneIn(2) ? Leader() : null;
        node ??= _world.Nodes[_random.NextBelow(_world.NodeCount)];
        var mean = _random.Between(Draw.Millisecond, Draw.Millisecond << (1 + _random.NextBelow(10)));
        if (kind == FaultKind.SlowDisk)
        {
            node.Machine.SlowDisk = mean;
        }
        else
        {
            node.Machine.SlowApply = mean;
        }

        _world.Counts.Fired(kind);
        _world.Log.Add(
            _world.Now, TraceKind.Slowed, node.Index, -1, (long)kind, mean / Draw.Millisecond);
        Later(SimEventKind.FaultEnds, kind, _random.Exponential(3 * Draw.Second), node.Index);
    }

    private void ChangeClock()
    {
        var node = _world.Nodes[_random.NextBelow(_world.NodeCount)];
        var rate = 1_000_000 + _random.NextBelow((2 * _plan.SkewPerMillion) + 1) - _plan.SkewPerMillion;
        node.Clock.SetRate(_world.Now, rate);
        node.ClockChanged();
        _world.Counts.Fired(FaultKind.Skew);
        _world.Log.Add(_world.Now, TraceKind.ClockChanged, node.Index, -1, rate);
    }

    private void ChangeWeather(FaultKind kind)
    {
        foreach (var link in _world.Network.Links)
        {
            if (_random.OneIn(2))
            {
                link.Conditions = LinkConditions.Drawn(_plan, _random);
            }

            if (kind == FaultKind.Delay && _random.OneIn(20))
            {
                link.CloggedUntil = _world.Now + _random.Between(0, Link.ClogMax);
            }
        }

        _world.Log.Add(_world.Now, TraceKind.WeatherChanged, -1);
    }

    private SimulatedNode? Leader() => _world.Operators.Leader();

    private void Plan(FaultKind kind)
    {
        var mean = kind switch
        {
            FaultKind.Crash => _plan.CrashEvery,
            FaultKind.Pause => _plan.PauseEvery,
            FaultKind.Partition => _plan.PartitionEvery,
            FaultKind.Reset => _plan.ResetEvery,
            FaultKind.SlowDisk or FaultKind.SlowApply or FaultKind.Skew => _plan.SlowEvery,
            FaultKind.Membership => _plan.MembershipEvery,
            FaultKind.Transfer => _plan.TransferEvery,
            FaultKind.Lease => _plan.LeaseEvery,
            FaultKind.Wipe => _plan.WipeEvery,
            FaultKind.Damage => _plan.DamageEvery,
            FaultKind.SnapshotDamage => _plan.SnapshotDamageEvery,
            FaultKind.Lag => _plan.LagEvery,
            FaultKind.NoSpace => _plan.NoSpaceEvery,
            FaultKind.DiskError => _plan.DiskErrorEvery,
            > FaultKind.DiskError when FurtherFaults.Strikes(kind) => _plan.Every(kind),
            _ => _plan.WeatherEvery,
        };
        Later(SimEventKind.FaultBegins, kind, 1 + _strikes.Until(kind, mean));
    }

    private void Later(SimEventKind what, FaultKind kind, long delay, int node = 0) => _world.Queue.Add(
        _world.Now + delay, new SimEvent { Kind = what, Node = (short)node, Number = (long)kind });
}
