using System.Diagnostics;
using System.Text;
using Ikada.Load.Running;
using Ikada.Load.Workloads;
using Ikada.Watches;

// Called by bench/watches: PROGRAM-OF-IKADA PROGRAM-OF-ETCD WATCHERS ROUNDS SECONDS PUTS RATE
var (ikada, etcd) = (args[0], args[1]);
var numbers = args[2..].Select(int.Parse).ToArray();
var (count, rounds, seconds, puts, rate) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
var own = new KeySpace("own", count);
const string Columns = "{0,-7} {1,5} {2,9} {3,9} {4,6} {5,9} {6,9} {7,6} {8,10} {9,12} {10,5}";
Console.WriteLine(
    $"{count} watchers, {rounds} rounds; p99 of puts in ms, {seconds} s each: {rate} a second by the clock, "
    + $"and by 8 clients as fast as they are answered; {puts} puts on one key");
Console.WriteLine(
    Columns, "server", "round", "by clock", "watched", "ratio", "closed", "watched", "ratio", "events/s",
    "CPU us/event", "MiB");
var results = new List<Result>();
for (var round = 1; round <= rounds; round++)
{
    foreach (var (name, program, verb) in new[] { ("ikada", ikada, "serve"), ("etcd", etcd, "") })
    {
        using var server = new ServerProcess(name, program, verb.Length == 0 ? [] : [verb]);
        var result = await MeasureAsync(server);
        results.Add(result);
        Console.WriteLine(
            Columns, name, round, Text(result.ByClock.Without, "F2"), Text(result.ByClock.With, "F2"),
            Text(result.ByClock.Ratio, "F2"), Text(result.Closed.Without, "F2"),
            Text(result.Closed.With, "F2"), Text(result.Closed.Ratio, "F2"),
            Text(result.EventsPerSecond, "F0"), Text(result.MicrosecondsPerEvent, "F2"), result.MemoryMiB);
    }
}

var against = Median("ikada", one => one.EventsPerSecond) / Median("etcd", one => one.EventsPerSecond);
Console.WriteLine(
    $"median: p99 of puts with watchers {Ratios("ikada")} x without (etcd {Ratios("etcd")} x), by the clock "
    + $"and closed; events/s {Text(against, "F2")} x etcd's");
return 0;

async Task<Result> MeasureAsync(ServerProcess server)
{
    var load = new Load(server);
    await load.ReadyAsync();
    var time = TimeSpan.FromSeconds(seconds);
    // As long as a turn, since code that is compiled as it runs is slow at first.
    load.PutFor(own, time, null);
    // By turns, since the machine is not the same from second to second.
    var (byClock, closed) = (new List<(double, double)>(), new List<(double, double)>());
    for (var turn = 0; turn < 3; turn++)
    {
        var without = (P99(load.PutFor(own, time, rate)), P99(load.PutFor(own, time, null)));
        await using var watchers = await Watchers.OpenAsync(
            server.Address, count, at => Encoding.ASCII.GetString(own.Key(at)));
        byClock.Add((without.Item1, P99(load.PutFor(own, time, rate))));
        closed.Add((without.Item2, P99(load.PutFor(own, time, null))));
    }

    await using var all = await Watchers.OpenAsync(server.Address, count, _ => Load.OneKey);
    load.PutOne(puts / 10);
    var before = (long)(puts / 10) * count;
    await all.EventsAsync(before);
    var processor = server.ProcessorSeconds;
    var watch = Stopwatch.StartNew();
    load.PutOne(puts);
    await all.EventsAsync(before + ((long)puts * count));
    var events = (double)puts * count;
    return new Result(
        server.Name, Pair.Of(byClock), Pair.Of(closed), events / watch.Elapsed.TotalSeconds,
        (server.ProcessorSeconds - processor) * 1e6 / events, server.MemoryMiB);
}

string Ratios(string name) => Text(Median(name, one => one.ByClock.Ratio), "F2") + " and "
    + Text(Median(name, one => one.Closed.Ratio), "F2");

double Median(string name, Func<Result, double> of) =>
    Pair.Middle([.. results.Where(one => one.Name == name).Select(of)]);

static double P99(LatencyHistogram times) => times.Percentile(0.99) / 1e6;

static string Text(double number, string form) => ServerProcess.Text(number, form);

/// <summary>Milliseconds without watchers and with them, the medians of the turns.</summary>
internal sealed record Pair(double Without, double With)
{
    public double Ratio => With / Without;

    public static Pair Of(List<(double Without, double With)> turns) => new(
        Middle([.. turns.Select(one => one.Without)]), Middle([.. turns.Select(one => one.With)]));

    public static double Middle(List<double> values) => values.Order().ElementAt(values.Count / 2);
}

internal sealed record Result(
    string Name,
    Pair ByClock,
    Pair Closed,
    double EventsPerSecond,
    double MicrosecondsPerEvent,
    long MemoryMiB);
