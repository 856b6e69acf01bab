using System.Diagnostics;
using Ikada.Watches;

// Called by bench/watches: PROGRAM-OF-IKADA PROGRAM-OF-ETCD WATCHERS ROUNDS SECONDS PUTS
var (ikada, etcd) = (args[0], args[1]);
var numbers = args[2..].Select(int.Parse).ToArray();
var (count, rounds, seconds, puts) = (numbers[0], numbers[1], numbers[2], numbers[3]);
const string Columns = "{0,-7} {1,5} {2,11} {3,11} {4,7} {5,12} {6,14} {7,8}";
Console.WriteLine(
    $"{count} watchers, {rounds} rounds; p99 of puts by 8 clients in ms, {seconds} s each; "
    + $"{puts} puts on one key");
Console.WriteLine(
    Columns, "server", "round", "p99 without", "p99 with", "ratio", "events/s", "CPU us/event", "MiB");
var results = new List<Result>();
for (var round = 1; round <= rounds; round++)
{
    foreach (var (name, program, verb) in new[] { ("ikada", ikada, "serve"), ("etcd", etcd, "") })
    {
        using var server = new ServerProcess(name, program, verb.Length == 0 ? [] : [verb]);
        var result = await MeasureAsync(server);
        results.Add(result);
        Console.WriteLine(
            Columns, name, round, Text(result.Without, "F2"), Text(result.With, "F2"),
            Text(result.With / result.Without, "F2"), Text(result.EventsPerSecond, "F0"),
            Text(result.MicrosecondsPerEvent, "F2"), result.MemoryMiB);
    }
}

var ratio = Median("ikada", one => one.With / one.Without);
var against = Median("ikada", one => one.EventsPerSecond) / Median("etcd", one => one.EventsPerSecond);
Console.WriteLine($"median: p99 of puts with watchers {Text(ratio, "F2")} x without (etcd "
    + $"{Text(Median("etcd", one => one.With / one.Without), "F2")} x); events/s "
    + $"{Text(against, "F2")} x etcd's");
return 0;

async Task<Result> MeasureAsync(ServerProcess server)
{
    using var load = new Load(server);
    await load.ReadyAsync();
    await load.PutForAsync(TimeSpan.FromSeconds(1), at => $"own/{at % count}");
    // By turns, since the machine is not the same from second to second.
    var (without, with) = (new List<double>(), new List<double>());
    for (var turn = 0; turn < 3; turn++)
    {
        without.Add(P99(await load.PutForAsync(TimeSpan.FromSeconds(seconds), at => $"own/{at % count}")));
        await using var own = await Watchers.OpenAsync(server.Address, count, at => $"own/{at}");
        with.Add(P99(await load.PutForAsync(TimeSpan.FromSeconds(seconds), at => $"own/{at % count}")));
    }

    await using var all = await Watchers.OpenAsync(server.Address, count, _ => "one");
    await load.PutManyAsync(puts / 10, "one");
    var before = (long)(puts / 10) * count;
    await all.EventsAsync(before);
    var processor = server.ProcessorSeconds;
    var watch = Stopwatch.StartNew();
    await load.PutManyAsync(puts, "one");
    await all.EventsAsync(before + ((long)puts * count));
    var events = (double)puts * count;
    return new Result(
        server.Name, Middle(without), Middle(with), events / watch.Elapsed.TotalSeconds,
        (server.ProcessorSeconds - processor) * 1e6 / events, server.MemoryMiB);
}

double Median(string name, Func<Result, double> of) =>
    Middle([.. results.Where(one => one.Name == name).Select(of)]);

static double P99(double[] sorted) => sorted[(int)(sorted.Length * 0.99)];

static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);

static string Text(double number, string form) => ServerProcess.Text(number, form);

internal sealed record Result(
    string Name,
    double Without,
    double With,
    double EventsPerSecond,
    double MicrosecondsPerEvent,
    long MemoryMiB);
