using System.Diagnostics.Metrics;
using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>What a node counts and measures, under the meter <c>Ikada.Node</c>.</summary>
public sealed class NodeMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Ikada.Node";

    private readonly Meter _meter;
    private readonly Counter<long> _proposals;
    private readonly Counter<long> _elections;
    private readonly Histogram<double> _disk;
    private readonly Histogram<long> _batches;
    private readonly Histogram<double> _snapshots;
    private readonly Histogram<long> _snapshotBytes;
    private readonly Counter<long> _stateEvents;
    private readonly Histogram<double> _scrubs;
    private readonly Counter<long> _comparisons;
    private readonly Func<GroupMember[]> _members;
    private readonly bool _isShared;

    /// <summary>With <paramref name="isShared"/> what is measured of a group bears its id.</summary>
    internal NodeMetrics(IMeterFactory? meters, Func<GroupMember[]> members, bool isShared)
    {
        (_members, _isShared) = (members, isShared);
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        Log = new LogMetrics(_meter);
        _proposals = _meter.CreateCounter<long>(
            "ikada.proposals", "{proposal}", "Writes whose outcome is known, by outcome");
        _elections = _meter.CreateCounter<long>("ikada.elections", "{election}", "Candidacies of this node");
        _disk = _meter.CreateHistogram<double>(
            "ikada.disk.operation.duration", "s", "How long operations of the disk thread took");
        _batches = _meter.CreateHistogram<long>(
            "ikada.batch.inputs", "{input}", "Inputs taken by the consensus thread at a time");
        _snapshots = _meter.CreateHistogram<double>(
            "ikada.snapshot.duration", "s", "How long snapshots took, by action");
        _snapshotBytes = _meter.CreateHistogram<long>(
            "ikada.snapshot.size", "By", "How large snapshots were, by action");
        _stateEvents = _meter.CreateCounter<long>(
            "ikada.state.events", "{event}",
            "What comparing the members' states brought: quarantined, rebuilt, member-differs, disputed, "
                + "settled, unreadable");
        _scrubs = _meter.CreateHistogram<double>(
            "ikada.scrub.duration", "s", "How long it took to read all that a state machine has stored");
        _comparisons = _meter.CreateCounter<long>(
            "ikada.scrub.comparisons", "{comparison}",
            "On a leader: comparisons of what the members have stored, by result: equal, mismatch");
        CreateGroupGauges();
    }

    internal LogMetrics Log { get; }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Proposal(OutcomeKind outcome)
    {
        if (_proposals.Enabled)
        {
            _proposals.Add(1, new KeyValuePair<string, object?>("outcome", NameOf(outcome)));
        }
    }

    internal void RoleChanged(Role role)
    {
        if (role == Role.Candidate)
        {
            _elections.Add(1);
        }
    }

    internal void Observed(in SnapshotFact fact)
    {
        var action = fact.Kind switch
        {
            SnapshotFactKind.Taken => "take",
            SnapshotFactKind.Sent => "send",
            SnapshotFactKind.Received => "receive",
            SnapshotFactKind.Installed => "install",
            _ => null,
        };
        if (action is not null)
        {
            var tag = new KeyValuePair<string, object?>("action", action);
            _snapshots.Record(fact.Took.TotalSeconds, tag);
            _snapshotBytes.Record(fact.Bytes, tag);
        }
    }

    internal void Observed(in StateFact fact)
    {
        switch (fact.Kind)
        {
            case StateFactKind.Scrubbed:
                _scrubs.Record(fact.Took.TotalSeconds);
                break;
            case StateFactKind.StoresCompared:
                _comparisons.Add(1, new KeyValuePair<string, object?>(
                    "result", fact.OddMembers > 0 ? "mismatch" : "equal"));
                break;
            default:
                Count(fact);
                break;
        }
    }

    private void Count(in StateFact fact) => _stateEvents.Add(
        1, new KeyValuePair<string, object?>("event", fact.Kind switch
        {
            StateFactKind.Quarantined or StateFactKind.StillQuarantined => "quarantined",
            StateFactKind.Rebuilt => "rebuilt",
            StateFactKind.MemberDiffers => "member-differs",
            StateFactKind.Disputed => "disputed",
            StateFactKind.Unreadable => "unreadable",
            _ => "settled",
        }));

    internal void DiskOperation(TimeSpan took) => _disk.Record(took.TotalSeconds);

    internal void Batch(int inputs) => _batches.Record(inputs);

    internal void Observe(CollectorPauses pauses) => _meter.CreateObservableGauge(
        "ikada.gc.pause.longest", () => pauses.Longest.TotalSeconds, "s",
        "The longest pause of the garbage collector since the node started");

    internal static string NameOf(OutcomeKind outcome) => outcome switch
    {
        OutcomeKind.Applied => "applied",
        OutcomeKind.Refused => "refused",
        _ => "unknown",
    };

    private void CreateGroupGauges()
    {
        Gauge("ikada.term", static one => (long)one.Term.Value, "{term}", "The latest term seen");
        Gauge(
            "ikada.role", static one => (int)one.Role, "1",
            "0 follower, 1 pre-candidate, 2 candidate, 3 leader");
        Gauge("ikada.commit.index", static one => (long)one.Commit.Value, "{entry}", "The commit index");
        Gauge("ikada.applied.index", static one => (long)one.Applied.Value, "{entry}", "The applied index");
        Gauge(
            "ikada.log.last.index", static one => (long)one.Last.Index.Value, "{entry}",
            "The last index of the log");
        Gauge(
            "ikada.log.full", static one => one.IsFull ? 1 : 0, "1",
            "1 while the log has no room for commands, since the disk has no space for its next segment");
        Gauge(
            "ikada.log.first.index", static one => (long)one.LogFirst.Value, "{entry}",
            "The first index that the log still holds");
        Gauge(
            "ikada.snapshot.index", static one => (long)one.SnapshotIndex.Value, "{entry}",
            "The last index in the newest snapshot");
        Gauge(
            "ikada.state.quarantined", static one => one.IsQuarantined ? 1 : 0, "1",
            "1 while a majority holds another state than this node");
        Gauge(
            "ikada.state.disputed", static one => one.StatesDisputedAt == default ? 0 : 1, "1",
            "1 while no majority holds one state");
        Gauge(
            "ikada.state.odd.members", static one => one.OddMembers, "{member}",
            "On a leader: members with another state than the majority");
        Gauge(
            "ikada.scrub.index", static one => (long)one.ScrubbedAt.Value, "{entry}",
            "The last index as of which all that the state machine has stored was read");
        Gauge(
            "ikada.snapshot.transfers",
            static one => one.SnapshotsSending + (one.IsReceivingSnapshot ? 1 : 0), "{transfer}",
            "Snapshots being sent or received");
    }

    // One value for each group.
    private void Gauge<T>(string name, Func<ReplicaStatus, T> read, string unit, string description)
        where T : struct =>
        _meter.CreateObservableGauge(name, () => Array.ConvertAll(_members(), member =>
        {
            var value = read(member.View.Status);
            return _isShared
                ? new Measurement<T>(value, new KeyValuePair<string, object?>("group", member.Label))
                : new Measurement<T>(value);
        }), unit, description);
}
