using System.Buffers;
using Ikada.Faults.Clients;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Checking;

/// <summary>
/// The checkers of the simulator over what clients of real servers recorded: the model of the store executes
/// the operations in their line; every answer is held against it and against what had been told before; the
/// history of the servers, the ends of leases and every watcher as well.
/// </summary>
internal sealed class StoreCheck
{
    public const string HistoryProperty = "I20 the history is what its operations make it";
    private readonly IReadOnlyCollection<Recorded> _operations;
    private readonly IReadOnlyList<WatchRecord> _watches;
    private readonly Line _line;
    private readonly Findings _findings;
    private readonly StoreModel _model;
    private readonly StoreAnswers _answers;
    private readonly LeaseTimes _times;
    private Instant _now;

    private StoreCheck(
        int keys, IReadOnlyCollection<Recorded> operations, IReadOnlyList<WatchRecord> watches, Line line,
        Findings findings)
    {
        (_operations, _watches, _line, _findings) = (operations, watches, line, findings);
        _model = new StoreModel(keys);
        _answers = new StoreAnswers(_model);
        _times = new LeaseTimes(1, _ => _now);
        _model.Witness = _times;
    }

    /// <summary>Checks what was recorded.</summary>
    /// <param name="keys">How many keys clients have.</param>
    /// <param name="operations">What clients did.</param>
    /// <param name="history">All changes, as the servers have them in the end.</param>
    /// <param name="watches">What watchers were told.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public static void Run(
        int keys, IReadOnlyCollection<Recorded> operations, IReadOnlyList<RecordedChange> history,
        IReadOnlyList<WatchRecord> watches, Findings findings)
    {
        var line = Line.Of(operations, history, watches, findings);
        var check = new StoreCheck(keys, operations, watches, line, findings);
        if (check.Replay() && line.IsWhole)
        {
            // Only a model of the whole history can say what was to be seen.
            check.LookAtSerializable();
            check.LookAtWatches();
        }
    }

    // Whether the model came through the whole line.
    private bool Replay()
    {
        var indices = _line.Places.Where(place => place.Operation is not null)
            .ToDictionary(place => place.Operation!, place => (long)place.Index);
        var tellings = new Tellings(
            _operations, _watches,
            operation => indices.GetValueOrDefault(operation, (long)_line.IndexOf(operation.Revision)),
            revision => (long)_line.IndexOf(revision));
        var floors = tellings.FloorsOf(indices.Keys);
        var firstTold = tellings.FirstTold(_line.Places.Count);
        foreach (var place in _line.Places)
        {
            var operation = place.Operation;
            var op = new StoreOp
            {
                Id = operation?.Id ?? 0, Client = operation?.Client ?? 0, Node = operation?.Node ?? 0,
                Kind = default, Asked = RequestOf(place),
                FloorIndex = operation is null ? 0 : (ulong)floors[operation],
            };
            _now = At(operation?.Start ?? firstTold[place.Index]);
            if (operation is null)
            {
                _findings.Holds(() => _times.Proposes(0, op.Asked, _model));
            }

            EndUnseen(operation, place.Index);
            var before = _model.Changes.Count;
            if (op.Asked is not ReadRequest)
            {
                _answers.Execute(op, place.Index);
            }

            if (!_findings.Holds(() => MustBe(place, before)))
            {
                return false;
            }

            if (operation is not null)
            {
                _findings.Holds(() => Answered(op, place));
            }
        }

        return true;
    }

    // A lease runs out under the renewal that it had last.
    private StoreRequest RequestOf(LinePlace place) =>
        place.Operation is null && place.Request is RevokeRequest end
            && _model.Leases.TryGetValue(end.Lease, out var lease)
            ? end with { RenewedAt = lease.RenewedAt } : place.Request;

    // A lease that lost its key to another one ends unseen; whoever renews it is told.
    private void EndUnseen(Recorded? operation, ulong index)
    {
        if (operation is { Asked: RenewRequest renew, Did.TimesToLive: [0] }
            && _model.Leases.TryGetValue(renew.Leases[0], out var lease) && lease.Keys.Count == 0)
        {
            var end = new RevokeRequest(renew.Leases[0], lease.RenewedAt);
            _now = At(operation.End);
            _findings.Holds(() => _times.Proposes(0, end, _model));
            _model.Execute(index, end);
        }
    }

    private void MustBe(LinePlace place, int before)
    {
        var made = _model.Changes.Skip(before)
            .Select(change => StoreText.Of(change.IsDeletion, change.Item, change.Before)).ToList();
        var there = place.Changes.Select(change => change.ToString()).ToList();
        if (!made.SequenceEqual(there) || _model.Revision != place.Revision)
        {
            throw new PropertyViolatedException(
                HistoryProperty,
                $"{place.Operation?.ToString() ?? "the end of a lease"} ({place.Request}), told revision "
                + $"{place.Revision}, should make [{string.Join("; ", made)}] at {_model.Revision}; in the "
                + $"history it made [{string.Join("; ", there)}]");
        }
    }

    private void Answered(StoreOp op, LinePlace place)
    {
        var operation = place.Operation!;
        if (operation.Found is { } found)
        {
            _answers.ReadAnswered(op, place.Index, Encoded(found));
            return;
        }

        // What nobody was told must be behind all that had been told before it was asked for, all the same.
        _answers.WriteApplied(
            op, place.Index,
            operation.Outcome == RecordedOutcome.Ok ? Told(operation, place).Encode() : op.Expected!,
            operation.Outcome == RecordedOutcome.Ok);
    }

    // What etcd's answer leaves out.
    private static KeyValueResult Told(Recorded operation, LinePlace place) => operation.Asked switch
    {
        RenewRequest => operation.Did! with { Revision = place.Revision },
        RevokeRequest => operation.Did! with { Deleted = place.Changes.Count },
        _ => operation.Did!,
    };

    private void LookAtSerializable()
    {
        foreach (var read in _operations.Where(one => one.IsSerializable && one.Found is not null)
            .OrderBy(one => one.End))
        {
            var (index, answer) = (_line.IndexOf(read.Revision), Encoded(read.Found!));
            _findings.Holds(() =>
            {
                if (read.Life < 0)
                {
                    _answers.Compare(read.Node, (ReadRequest)read.Asked, index, answer);
                }
                else
                {
                    _answers.StaleAnswered(read.Node, read.Life, (ReadRequest)read.Asked, index, answer);
                }
            });
        }
    }

    private void LookAtWatches()
    {
        foreach (var watch in _watches)
        {
            var witness = new WatchWitness(_model, watch.Keys) { WithPrevious = watch.WithPrevious };
            if (watch.Words.All(word => _findings.Holds(() => Hear(witness, watch, word)))
                && witness.Missing() is { } missing)
            {
                _findings.Add(WatchWitness.LevelProperty, $"{Who(watch)} has not been told of {missing}");
            }
        }
    }

    private void Hear(WatchWitness witness, WatchRecord watch, WatchWord word)
    {
        var who = $"{Who(watch)} at n{word.Node + 1}, {word.At} ns after the start";
        switch (word.Kind)
        {
            case WatchWordKind.Asked:
                witness.Asks(_model.Compacted);
                break;
            case WatchWordKind.Created:
                witness.Created(word.Revision);
                break;
            case WatchWordKind.Events:
                witness.Told(
                    who, [.. word.Events.Select(one => (one.Revision, one.ToString()))], watch.WithPrevious,
                    word.Revision);
                break;
            case WatchWordKind.Progress:
                witness.Progress(who, word.Revision);
                break;
            case WatchWordKind.Canceled:
                throw new PropertyViolatedException(
                    WatchWitness.Property, $"{who} is ended and nobody asked for it: {word.Reason}");
            default:
                break; // a broken stream tells nothing
        }
    }

    private static string Who(WatchRecord watch) => $"watcher {watch.Number} on keys {watch.Keys}";

    private static byte[] Encoded(RangeResult found)
    {
        var encoded = new ArrayBufferWriter<byte>();
        found.Encode(encoded);
        return encoded.WrittenSpan.ToArray();
    }

    private static Instant At(long nanoseconds) => new(nanoseconds / TimeSpan.NanosecondsPerTick);
}
