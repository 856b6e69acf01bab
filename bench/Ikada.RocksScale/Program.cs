using System.Diagnostics;
using System.Globalization;
using Ikada.RocksScale;

// Called by bench/rocks-scale: PROGRAM-OF-IKADA DIRECTORY KEYS
const int ValueBytes = 256;
const int Parts = 10;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var few = 20_000L;
var probe = TimeSpan.FromSeconds(5);
var keys = new Keys(long.Parse(args[2], CultureInfo.InvariantCulture), ValueBytes);
few = Math.Min(few, keys.Count);
using var server = new Server(args[0], args[1]);
server.Start();
var client = new Client(server.Url, keys);
await client.ReadyAsync();

await client.LoadAsync(0, few);
await client.OverwriteAsync(few, probe);
var before = await client.OverwriteAsync(few, probe);
Line($"at {few} keys: {before:F0} puts/s");

var total = 0.0;
for (var part = 0; part < Parts; part++)
{
    var from = few + ((keys.Count - few) * part / Parts);
    var to = few + ((keys.Count - few) * (part + 1) / Parts);
    var processor = server.ProcessorSeconds;
    var seconds = await client.LoadAsync(from, to);
    total += seconds;
    processor = server.ProcessorSeconds - processor;
    Line($"{to,10} keys: {(to - from) / seconds,7:F0} puts/s, {processor * 1e6 / (to - from):F0} us of the "
        + $"server's processor each; {server.MemoryMiB("VmRSS")} MiB of memory "
        + $"({server.MemoryMiB("RssAnon")} its own), {server.EngineBytes >> 20} MiB RocksDB, "
        + $"{server.DiskBytes >> 20} MiB in all");
}

Line($"loaded {keys.Count} keys of {ValueBytes} B in {total:F0} s: {keys.Count / total:F0} puts/s");
var after = await client.OverwriteAsync(keys.Count, probe);
Line($"at {keys.Count} keys: {after:F0} puts/s, {after / before:F2} x that at {few}");

await PutsAsync("puts while RocksDB compacts what was loaded", () => false);
await CompactAsync();
Line($"memory: {server.MemoryMiB("VmRSS")} MiB, at most {server.MemoryMiB("VmHWM")}");

var stopped = server.Stop();
var started = await StartAsync();
Line($"clean restart: stopped in {stopped / 1000:F2} s, first read after {started:F2} s, "
    + $"{server.MemoryMiB("VmRSS")} MiB");
await client.OverwriteAsync(keys.Count, probe);
server.Kill();
Line($"after kill -9 under load: first read after {await StartAsync():F2} s");
var watch = Stopwatch.StartNew();
var count = await client.CountAsync();
Line($"{count} keys counted in {watch.Elapsed.TotalSeconds:F1} s, {keys.Count} wanted");
var missing = 0;
for (var at = 0L; at < keys.Count; at += Math.Max(1, keys.Count / 1000))
{
    missing += await client.HoldsAsync(at) ? 0 : 1;
}

Line($"{missing} of about 1000 keys that were looked at are missing");
client.Dispose();
return count == keys.Count && missing == 0 ? 0 : 1;

// What a compaction leaves to be removed goes on for as long as it takes; puts are measured for a part of it.
async Task CompactAsync()
{
    var compacting = client.CompactAsync(await client.ReadyAsync());
    await PutsAsync("puts while etcd's compaction removes versions", () => compacting.IsCompleted);
}

async Task PutsAsync(string what, Func<bool> isOver)
{
    var (compactions, stalls) = server.Engine();
    var times = await client.PutAsync(keys.Count, TimeSpan.FromSeconds(20), isOver);
    var (later, stalled) = server.Engine();
    Line($"{what}: {times.Length} puts by 8 clients, p50 {times[times.Length / 2]:F2} ms, "
        + $"p99 {times[(int)(times.Length * 0.99)]:F2} ms, longest {times[^1]:F1} ms; "
        + $"{later - compactions} compactions of RocksDB, {stalled - stalls} stalls");
}

async Task<double> StartAsync()
{
    var clock = Stopwatch.StartNew();
    server.Start();
    client.Dispose();
    client = new Client(server.Url, keys);
    await client.ReadyAsync();
    return clock.Elapsed.TotalSeconds;
}

static void Line(string text) => Console.WriteLine(text);
