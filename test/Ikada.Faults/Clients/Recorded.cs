using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Clients;

/// <summary>What became of an operation, as far as its client knows.</summary>
internal enum RecordedOutcome
{
    /// <summary>It may happen at any time from its start on, or never.</summary>
    Unknown = 0,

    /// <summary>It was answered.</summary>
    Ok,

    /// <summary>It certainly never happens.</summary>
    Failed,
}

/// <summary>One operation of a client, from call to answer. Times are nanoseconds on one monotonic
/// clock.</summary>
internal sealed class Recorded
{
    /// <summary>Its number; the values that it writes begin with it.</summary>
    public required long Id { get; init; }

    public required int Client { get; init; }

    /// <summary>The node asked, from 0 on.</summary>
    public required int Node { get; init; }

    public required StoreRequest Asked { get; init; }

    /// <summary>A read of a node as it is.</summary>
    public bool IsSerializable { get; init; }

    /// <summary>Of a serializable read: which life of the node answered; -1: it is not known.</summary>
    public int Life { get; set; } = -1;

    public required long Start { get; init; }

    /// <summary>When it was answered, or when the client stopped waiting.</summary>
    public long End { get; set; }

    public RecordedOutcome Outcome { get; set; }

    /// <summary>Of an answer: the revision of its header.</summary>
    public long Revision { get; set; }

    /// <summary>Of an answered read: what it found.</summary>
    public RangeResult? Found { get; set; }

    /// <summary>Of any other that was answered: what it did.</summary>
    public KeyValueResult? Did { get; set; }

    /// <summary>Of one that was not answered: what came instead.</summary>
    public string Error { get; set; } = string.Empty;

    /// <summary>Whether its answer says that it made a revision.</summary>
    public bool MadeRevision => Outcome == RecordedOutcome.Ok && Asked switch
    {
        PutRequest => true,
        DeleteRequest => Did!.Deleted > 0,
        TransactionRequest transaction => (Did!.Succeeded ? transaction.Success : transaction.Failure)
            .Any(request => request is PutRequest),
        _ => false,
    };

    public override string ToString() =>
        $"op {Id} ({(IsSerializable ? "serializable " : string.Empty)}{Asked}, of c{Client} at n{Node + 1})";
}
