using System.Text.Json;
using Ikada.Cli.Processes;

namespace Ikada.Cli.Demo;

/// <summary>What a server says of itself on its page <c>/ikada/state</c>; the hash belongs to the applied
/// index.</summary>
internal sealed record NodeState(
    string Member, string Role, ulong Term, string Leader, ulong CommitIndex, ulong AppliedIndex,
        string StateHash)
{
    public bool IsLeader => Role == "leader";
}

/// <summary>Asks servers for their state.</summary>
internal sealed class StateProbe : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(2) };

    /// <summary>The state, or null where the server does not answer.</summary>
    public async Task<NodeState?> AskAsync(LocalMember member, CancellationToken cancellation)
    {
        try
        {
            var text = await _client.GetStringAsync(new Uri(member.ClientUrl + "/ikada/state"), cancellation);
            return JsonSerializer.Deserialize<NodeState>(text, Json);
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or IOException
            || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    public Task<NodeState?[]> AskAllAsync(IEnumerable<LocalMember> members, CancellationToken cancellation) =>
        Task.WhenAll(members.Select(member => AskAsync(member, cancellation)));

    public void Dispose() => _client.Dispose();
}
