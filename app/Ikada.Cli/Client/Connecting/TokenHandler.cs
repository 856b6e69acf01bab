using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>Gets a token for a user when the first call is made, and shows it with every call. A server
/// without authentication is told nothing: that is said once, and the calls go on, as etcdctl's do.</summary>
internal sealed class TokenHandler(Login login, string endpoint, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    private const string Authenticate = "/etcdserverpb.Auth/Authenticate";
    private readonly SemaphoreSlim _gate = new(1);
    private (string? Token, bool IsKnown) _answer;

    /// <summary>The server's Auth service. Its calls come through here, too.</summary>
    public required Func<Auth.AuthClient> Auth { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.RequestUri?.AbsolutePath != Authenticate
            && await TokenAsync(cancellationToken) is { } token)
        {
            request.Headers.TryAddWithoutValidation("token", token);
        }

        return await base.SendAsync(request, cancellationToken);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gate.Dispose();
        }

        base.Dispose(disposing);
    }

    // Only an answer is kept: what fails is asked again with the next call.
    private async Task<string?> TokenAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (!_answer.IsKnown)
            {
                _answer = (await AskAsync(cancellation), true);
            }

            return _answer.Token;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string?> AskAsync(CancellationToken cancellation)
    {
        try
        {
            var request = new AuthenticateRequest { Name = login.Name, Password = login.Password };
            return (await Auth().AuthenticateAsync(request, cancellationToken: cancellation)).Token;
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.FailedPrecondition)
        {
            await Console.Error.WriteLineAsync(
                $"ikada: {endpoint}: {refusal.Status.Detail}: {login} has no effect there");
            return null;
        }
        catch (RpcException) when (cancellation.IsCancellationRequested)
        {
            // The call that waits for the token has run out of time, and says so itself.
            throw new OperationCanceledException(cancellation);
        }
    }
}
