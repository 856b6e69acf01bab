using Grpc.Core;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>An error as etcd's clients know it: they match the message, some the code.</summary>
/// <param name="Code">The gRPC code.</param>
/// <param name="Message">The exact message.</param>
internal sealed record EtcdError(StatusCode Code, string Message)
{
    /// <summary>The error as gRPC carries it.</summary>
    public RpcException Exception() => new(new Status(Code, Message));
}

/// <summary>Every error the services answer with, each row once.</summary>
internal static class EtcdErrors
{
    public static readonly EtcdError KeyNotProvided =
        new(StatusCode.InvalidArgument, "etcdserver: key is not provided");

    public static readonly EtcdError KeyNotFound =
        new(StatusCode.InvalidArgument, "etcdserver: key not found");

    public static readonly EtcdError ValueProvided =
        new(StatusCode.InvalidArgument, "etcdserver: value is provided");

    public static readonly EtcdError LeaseProvided =
        new(StatusCode.InvalidArgument, "etcdserver: lease is provided");

    public static readonly EtcdError InvalidSortOption =
        new(StatusCode.InvalidArgument, "etcdserver: invalid sort option");

    public static readonly EtcdError TooManyOperations =
        new(StatusCode.InvalidArgument, "etcdserver: too many operations in txn request");

    public static readonly EtcdError DuplicateKey =
        new(StatusCode.InvalidArgument, "etcdserver: duplicate key given in txn request");

    public static readonly EtcdError RequestTooLarge =
        new(StatusCode.InvalidArgument, "etcdserver: request is too large");

    public static readonly EtcdError Compacted =
        new(StatusCode.OutOfRange, "etcdserver: mvcc: required revision has been compacted");

    public static readonly EtcdError FutureRevision =
        new(StatusCode.OutOfRange, "etcdserver: mvcc: required revision is a future revision");

    public static readonly EtcdError LeaseNotFound =
        new(StatusCode.NotFound, "etcdserver: requested lease not found");

    public static readonly EtcdError LeaseExists =
        new(StatusCode.FailedPrecondition, "etcdserver: lease already exists");

    public static readonly EtcdError TooLargeTtl =
        new(StatusCode.OutOfRange, "etcdserver: too large lease TTL");

    public static readonly EtcdError UnknownService =
        new(StatusCode.NotFound, "unknown service");

    public static readonly EtcdError TooManyRequests =
        new(StatusCode.ResourceExhausted, "etcdserver: too many requests");

    public static readonly EtcdError NoSpace =
        new(StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded");

    public static readonly EtcdError InvalidClientVersion =
        new(StatusCode.InvalidArgument, "etcdserver: invalid client api version");

    public static readonly EtcdError NotForLearners =
        new(StatusCode.FailedPrecondition, "etcdserver: rpc not supported for learner");

    public static readonly EtcdError BadPeerUrls =
        new(StatusCode.InvalidArgument, "etcdserver: given member URLs are invalid");

    public static readonly EtcdError MemberNotFound =
        new(StatusCode.NotFound, "etcdserver: member not found");

    public static readonly EtcdError PeerUrlExists =
        new(StatusCode.FailedPrecondition, "etcdserver: Peer URLs already exists");

    /// <summary>Meant as a failed precondition; etcd has it in no list of codes.</summary>
    public static readonly EtcdError NotEnoughStarted = new(
        StatusCode.Unknown,
        "etcdserver: re-configuration failed due to not enough started members");

    public static readonly EtcdError AuthNotEnabled =
        new(StatusCode.FailedPrecondition, "etcdserver: authentication is not enabled");

    public static readonly EtcdError Unhealthy =
        new(StatusCode.Unavailable, "etcdserver: unhealthy cluster");

    public static readonly EtcdError NotALearner =
        new(StatusCode.FailedPrecondition, "etcdserver: can only promote a learner member");

    public static readonly EtcdError LearnerNotReady = new(
        StatusCode.FailedPrecondition,
        "etcdserver: can only promote a learner member which is in sync with leader");

    public static readonly EtcdError TooManyLearners =
        new(StatusCode.FailedPrecondition, "etcdserver: too many learner members in cluster");

    /// <summary>This member alone is wrong: clients do better elsewhere, and find that out by this code. The
    /// text is not etcd's, which has no such state.</summary>
    public static readonly EtcdError Quarantined =
        new(StatusCode.Unavailable, "ikada: the state of this member differs from the majority's");

    public static readonly EtcdError Corrupt =
        new(StatusCode.DataLoss, "etcdserver: corrupt cluster");

    public static readonly EtcdError InvalidDowngradeTarget =
        new(StatusCode.InvalidArgument, "etcdserver: invalid downgrade target version");

    public static readonly EtcdError WrongDowngradeFormat =
        new(StatusCode.InvalidArgument, "etcdserver: wrong downgrade target version format");

    public static readonly EtcdError NoInflightDowngrade =
        new(StatusCode.FailedPrecondition, "etcdserver: no inflight downgrade job");

    public static readonly EtcdError NoLeader =
        new(StatusCode.Unavailable, "etcdserver: no leader");

    public static readonly EtcdError Stopped =
        new(StatusCode.Unavailable, "etcdserver: server stopped");

    public static readonly EtcdError Timeout =
        new(StatusCode.Unavailable, "etcdserver: request timed out");

    /// <summary>What a write of unknown fate is answered with. Clients do not repeat a write on it by
    /// themselves.</summary>
    public static readonly EtcdError TimeoutLeaderLost =
        new(StatusCode.Unavailable, "etcdserver: request timed out, possibly due to previous leader failure");

    public static readonly EtcdError RequestCanceled =
        new(StatusCode.Cancelled, "etcdserver: request canceled");

    public static readonly EtcdError WatchCanceled =
        new(StatusCode.Cancelled, "etcdserver: watch canceled");

    public static readonly EtcdError NotLeader =
        new(StatusCode.FailedPrecondition, "etcdserver: not leader");

    public static readonly EtcdError BadLeaderTransferee =
        new(StatusCode.FailedPrecondition, "etcdserver: bad leader transferee");

    public static readonly EtcdError TimeoutLeaderTransfer =
        new(StatusCode.Unavailable, "etcdserver: request timed out, leader transfer took too long");

    /// <summary>Cannot come from this program's own commands: it says that the members' versions
    /// differ.</summary>
    public static readonly EtcdError NotCapable =
        new(StatusCode.FailedPrecondition, "etcdserver: not capable");

    /// <summary>What clients get that come before the cut-over: they may try again.</summary>
    public static readonly EtcdError Migrating = new(
        StatusCode.Unavailable,
        "ikada: this cluster is being filled from another one and takes nothing else until it is opened");

    public static readonly EtcdError NotEmpty = new(
        StatusCode.FailedPrecondition, "ikada: only an empty cluster can be filled from another one");

    public static readonly EtcdError NotThisMigration = new(
        StatusCode.Aborted,
        "ikada: the step is not the next one of the migration under way: another client has taken over, or "
        + "given it up");

    public static readonly EtcdError BadMigrationStep = new(
        StatusCode.InvalidArgument, "ikada: the step of the migration is not well-formed");

    /// <summary>The quota is too small for what is to come.</summary>
    public static EtcdError NoRoomToMigrate(long size, long quota) => new(
        StatusCode.ResourceExhausted,
        $"ikada: the quota of {quota} bytes is too small: {size} are used already and more is to come");

    /// <summary>The consensus module will not have a change of the membership; says why.</summary>
    public static EtcdError ChangeRefused(string why) => new(StatusCode.Unknown, $"etcdserver: {why}");

    /// <summary>The row for a refusal by the store.</summary>
    public static EtcdError Of(KeyValueError error) => error switch
    {
        KeyValueError.KeyNotProvided => KeyNotProvided,
        KeyValueError.KeyNotFound => KeyNotFound,
        KeyValueError.ValueProvided => ValueProvided,
        KeyValueError.LeaseProvided => LeaseProvided,
        KeyValueError.LeaseNotFound => LeaseNotFound,
        KeyValueError.LeaseExists => LeaseExists,
        KeyValueError.Compacted => Compacted,
        KeyValueError.FutureRevision => FutureRevision,
        KeyValueError.InvalidSortOption => InvalidSortOption,
        KeyValueError.NoSpace => NoSpace,
        KeyValueError.Corrupt => Corrupt,
        KeyValueError.Migrating => Migrating,
        KeyValueError.NotEmpty => NotEmpty,
        KeyValueError.NotThisMigration => NotThisMigration,
        _ => NotCapable,
    };

    /// <summary>What clients read as "this server does not have it". <paramref name="path"/> is
    /// /package.Service/Method.</summary>
    public static EtcdError Unimplemented(string path, bool serviceKnown)
    {
        var slash = path.LastIndexOf('/');
        var service = slash > 1 ? path[1..slash] : string.Empty;
        return new EtcdError(StatusCode.Unimplemented, serviceKnown
            ? $"unknown method {path[(slash + 1)..]} for service {service}"
            : $"unknown service {service}");
    }

    /// <summary>gRPC's own: the client's time is over.</summary>
    public static readonly EtcdError DeadlineExceeded =
        new(StatusCode.DeadlineExceeded, "context deadline exceeded");

    /// <summary>gRPC's own refusal of a second message where one is wanted.</summary>
    public static readonly EtcdError MoreThanOneMessage =
        new(StatusCode.Internal, "Additional data after the message received.");

    /// <summary>gRPC's own refusal of bytes that are not the message.</summary>
    public static EtcdError NotAMessage(string why) =>
        new(StatusCode.Internal, $"grpc: error unmarshalling request: {why}");

    /// <summary>A fault of this server, as the gRPC framework tells it.</summary>
    public static EtcdError HandlerFailed(Exception failure) => new(
        StatusCode.Unknown,
        $"Exception was thrown by handler. {failure.GetType().Name}: {failure.Message}");

    /// <summary>gRPC's own refusal of a message above the receive limit.</summary>
    public static EtcdError MessageTooLarge(long length, long max) =>
        new(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {max})");
}
