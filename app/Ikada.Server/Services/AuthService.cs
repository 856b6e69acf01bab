using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server;

/// <summary>
/// etcdserverpb.Auth of a server without authentication: it says that it is off, as etcd does, so that
/// clients that have a password go on without one. What would change it is not there, in the words by which
/// clients know older servers.
/// </summary>
internal sealed class AuthService(StoreCalls calls) : Auth.AuthBase
{
    // etcd's, as long as nothing was changed.
    private const ulong AuthRevision = 1;

    public override Task<AuthStatusResponse> AuthStatus(
        AuthStatusRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthStatusResponse { Header = Header(), AuthRevision = AuthRevision });

    public override Task<AuthenticateResponse> Authenticate(
        AuthenticateRequest request, ServerCallContext context) =>
        throw EtcdErrors.AuthNotEnabled.Exception();

    public override Task<AuthDisableResponse> AuthDisable(
        AuthDisableRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthDisableResponse { Header = Header() });

    public override Task<AuthUserListResponse> UserList(
        AuthUserListRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthUserListResponse { Header = Header() });

    public override Task<AuthRoleListResponse> RoleList(
        AuthRoleListRequest request, ServerCallContext context) =>
        Task.FromResult(new AuthRoleListResponse { Header = Header() });

    public override Task<AuthEnableResponse> AuthEnable(
        AuthEnableRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserAddResponse> UserAdd(
        AuthUserAddRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserGetResponse> UserGet(
        AuthUserGetRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserDeleteResponse> UserDelete(
        AuthUserDeleteRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserChangePasswordResponse> UserChangePassword(
        AuthUserChangePasswordRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserGrantRoleResponse> UserGrantRole(
        AuthUserGrantRoleRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthUserRevokeRoleResponse> UserRevokeRole(
        AuthUserRevokeRoleRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthRoleAddResponse> RoleAdd(
        AuthRoleAddRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthRoleGetResponse> RoleGet(
        AuthRoleGetRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthRoleDeleteResponse> RoleDelete(
        AuthRoleDeleteRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthRoleGrantPermissionResponse> RoleGrantPermission(
        AuthRoleGrantPermissionRequest request, ServerCallContext context) => throw Unknown(context);

    public override Task<AuthRoleRevokePermissionResponse> RoleRevokePermission(
        AuthRoleRevokePermissionRequest request, ServerCallContext context) => throw Unknown(context);

    private static RpcException Unknown(ServerCallContext context) =>
        EtcdErrors.Unimplemented(context.Method, serviceKnown: true).Exception();

    private ResponseHeader Header() => calls.Header(calls.Store.State.Revision);
}
