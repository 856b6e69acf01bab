using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>What is asked of the key-value store, as the model reads it; <see cref="Encode"/> is what the
/// store reads.</summary>
internal abstract record StoreRequest
{
    /// <summary>The bytes of the command, of the query, or of the operation in a transaction.</summary>
    public abstract byte[] Encode();
}

internal sealed record PutRequest(int Key, byte[] Value, long Lease) : StoreRequest
{
    public bool WantsPrevious { get; init; }

    public bool IgnoresValue { get; init; }

    public bool IgnoresLease { get; init; }

    public override byte[] Encode() => KeyValueCommand.EncodePut(
        KeyValueCommands.Key(Key), Value, Lease, WantsPrevious, IgnoresValue, IgnoresLease);

    public override string ToString() => $"put {Key}" + (Lease != 0 ? $" with lease {Lease}" : string.Empty)
        + (IgnoresValue ? " ignoring the value" : string.Empty)
        + (IgnoresLease ? " ignoring the lease" : string.Empty);
}

internal sealed record DeleteRequest(KeySpan Keys, bool WantsPrevious) : StoreRequest
{
    public override byte[] Encode() =>
        KeyValueCommand.EncodeDeleteRange(Keys.Range.Key.Span, Keys.Range.End.Span, WantsPrevious);

    public override string ToString() => $"delete {Keys}";
}

internal sealed record ReadRequest(KeySpan Keys, RangeQuery Options) : StoreRequest
{
    public RangeQuery Query => Options with { Range = Keys.Range };

    /// <summary>As a query of its own.</summary>
    public override byte[] Encode() => Query.Encode();

    public override string ToString() => $"read {Keys}"
        + (Options.Revision > 0 ? $" at {Options.Revision}" : string.Empty)
        + (Options.Limit > 0 ? $" limit {Options.Limit}" : string.Empty)
        + (Options.CountOnly ? " count" : string.Empty)
        + (Options.Order == SortOrder.Descend ? $" by {Options.Target} descending" : string.Empty);
}

/// <summary>A condition on one key, by number or by value.</summary>
internal sealed record StoreCondition(
    int Key, ComparisonTarget Target, ComparisonResult Result, long Number, byte[] Value)
{
    public KeyComparison Comparison =>
        new(new KeyRange(KeyValueCommands.Key(Key), default), Target, Result, Number, Value);

    public override string ToString() =>
        $"{Target} of {Key} {Result} {(Target == ComparisonTarget.Value ? "a value" : Number)}";
}

internal sealed record TransactionRequest(
    IReadOnlyList<StoreCondition> Conditions,
    IReadOnlyList<StoreRequest> Success,
    IReadOnlyList<StoreRequest> Failure) : StoreRequest
{
    public override byte[] Encode() => KeyValueCommand.EncodeTransaction(
        [.. Conditions.Select(one => one.Comparison)],
        [.. Success.Select(Operation)],
        [.. Failure.Select(Operation)]);

    public override string ToString() => $"if [{string.Join(", ", Conditions)}] then "
        + $"[{string.Join("; ", Success)}] else [{string.Join("; ", Failure)}]";

    private static byte[] Operation(StoreRequest request) => request is ReadRequest read
        ? KeyValueCommand.EncodeRangeOperation(read.Query) : request.Encode();
}

internal sealed record CompactRequest(long Revision) : StoreRequest
{
    public override byte[] Encode() => KeyValueCommand.EncodeCompact(Revision);

    public override string ToString() => $"compact to {Revision}";
}

/// <summary>One step of the removal of what compactions have outdated.</summary>
internal sealed record RemovalRequest(int ChangesMax) : StoreRequest
{
    public override byte[] Encode() => KeyValueCommand.EncodeRemoveCompacted(ChangesMax);

    public override string ToString() => $"remove {ChangesMax} changes";
}

internal sealed record GrantRequest(long Lease, long Seconds) : StoreRequest
{
    public override byte[] Encode() => LeaseCommand.EncodeGrant(Lease, Seconds);

    public override string ToString() => $"grant lease {Lease} for {Seconds} s";
}

internal sealed record RenewRequest(IReadOnlyList<long> Leases) : StoreRequest
{
    public override byte[] Encode() => LeaseCommand.EncodeRenew(Leases);

    public override string ToString() => $"renew leases {string.Join(", ", Leases)}";
}

/// <summary>The end of a lease. Of an expiry <see cref="RenewedAt"/> is not 0.</summary>
internal sealed record RevokeRequest(long Lease, ulong RenewedAt) : StoreRequest
{
    public override byte[] Encode() => LeaseCommand.EncodeRevoke(Lease, new LogIndex(RenewedAt));

    public override string ToString() => $"end lease {Lease}"
        + (RenewedAt == 0 ? string.Empty : $" if renewed at {RenewedAt}");
}

internal sealed record CheckpointRequest(IReadOnlyList<LeaseCheckpoint> Checkpoints) : StoreRequest
{
    public override byte[] Encode() => LeaseCommand.EncodeCheckpoint(Checkpoints);

    public override string ToString() => $"checkpoint {string.Join(", ", Checkpoints)}";
}
