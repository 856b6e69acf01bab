using System.Buffers;
using System.Diagnostics;
using System.Text.Json.Serialization;
using Ikada;
using Ikada.Primitives;

// What a program with native AOT does with the library, in one process: start, command, query, snapshot, and
// all of it again from the disk. Prints what it cost.
var sinceStart = DateTime.Now - Process.GetCurrentProcess().StartTime;
Console.WriteLine($"in Main after {sinceStart.TotalMilliseconds:0} ms");
var directory = Directory.CreateTempSubdirectory("ikada-aot-");
var options = new RaftOptions
{
    Name = "a", DataDirectory = Path.Combine(directory.FullName, "a"), Json = Json.Default.Options,
    HeartbeatInterval = TimeSpan.FromMilliseconds(20), ElectionTimeout = TimeSpan.FromMilliseconds(100),
};
try
{
    var total = 0L;
    for (var start = 1; start <= 2; start++)
    {
        var clock = Stopwatch.StartNew();
        await using var raft = await Raft.StartAsync(options, new Counter());
        var started = clock.Elapsed;
        var outcome = await raft.ProposeAsync(new Add(21));
        total = await raft.QueryAsync(counter => counter.Value);
        await raft.SnapshotAsync();
        Console.WriteLine(
            $"start {start}: {outcome}; total {total}; the node took {started.TotalMilliseconds:0} ms");
    }

    Console.WriteLine($"{Environment.WorkingSet >> 20} MiB of memory");
    return total == 42 ? 0 : 1;
}
finally
{
    directory.Delete(recursive: true);
}

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

[JsonSerializable(typeof(Add))]
[JsonSerializable(typeof(long))]
internal sealed partial class Json : JsonSerializerContext;
