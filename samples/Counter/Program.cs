using System.Buffers;
using Ikada;
using Ikada.Primitives;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddRaft<Counter>(options => builder.Configuration.GetSection("Raft").Bind(options));
var app = builder.Build();
app.MapGet("/", (IRaft<Counter> raft, CancellationToken gone) =>
    raft.QueryAsync(counter => counter.Value, cancellation: gone));
app.MapPost("/add/{amount}", async (long amount, IRaft<Counter> raft, CancellationToken gone) =>
    await raft.ProposeAsync(new Add(amount), gone) is { IsApplied: true } done
        ? Results.Ok(done.Result)
        : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
app.Run();

internal sealed record Add(long Amount);

internal sealed class Counter : IStateMachine<Add, long>
{
    public long Value { get; private set; }

    public long Apply(LogIndex index, Add command) => Value += command.Amount;

    public Action<IBufferWriter<byte>> CaptureSnapshot()
    {
        var value = Value;
        return writer => writer.Write(BitConverter.GetBytes(value));
    }

    public void Restore(ReadOnlySequence<byte> snapshot) => Value = BitConverter.ToInt64(snapshot.ToArray());
}
