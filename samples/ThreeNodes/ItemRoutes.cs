namespace Ikada.Samples.ThreeNodes;

/// <summary>The list over HTTP, the same through any node.</summary>
internal static class ItemRoutes
{
    public static void MapItems(this WebApplication app)
    {
        var items = app.MapGroup("/items");
        items.MapGet("/", (IRaft<TodoList> raft, CancellationToken gone, bool mayBeOld = false) =>
            raft.QueryAsync(
                list => list.Items.ToArray(),
                mayBeOld ? ReadConsistency.Stale : ReadConsistency.Linearizable,
                gone));
        items.MapPost("/", (NewItem item, IRaft<TodoList> raft, TimeProvider time, CancellationToken gone) =>
            DoAsync(raft, new AddItem(item.Text, time.GetUtcNow()), gone));
        items.MapPost("/{id}/finish", (long id, IRaft<TodoList> raft, CancellationToken gone) =>
            DoAsync(raft, new FinishItem(id), gone));
        items.MapDelete("/{id}", (long id, IRaft<TodoList> raft, CancellationToken gone) =>
            DoAsync(raft, new RemoveItem(id), gone));
    }

    // Each outcome is told as what it is: a client that gets 504 must not assume that nothing happened.
    private static async Task<IResult> DoAsync(
        IRaft<TodoList> raft, Command command, CancellationToken gone)
    {
        var outcome = await raft.ProposeAsync(command, gone);
        return outcome.Status switch
        {
            OutcomeStatus.Applied when outcome.Result.Item is { } item => Results.Ok(item),
            OutcomeStatus.Applied => Results.NotFound(),
            OutcomeStatus.Refused => Results.Problem(
                outcome.ToString(), statusCode: StatusCodes.Status503ServiceUnavailable),
            _ => Results.Problem(outcome.ToString(), statusCode: StatusCodes.Status504GatewayTimeout),
        };
    }

    private sealed record NewItem(string Text);
}
