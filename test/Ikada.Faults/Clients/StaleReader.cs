using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Clients;

/// <summary>Reads one node as it is, whatever it has; one such client for each node.</summary>
internal sealed class StaleReader(Recorder recorder, Caller caller, KeyPlan keys, Random random)
{
    private const int ThinkMillisecondsMax = 60;

    public async Task RunAsync()
    {
        while (!caller.IsOver)
        {
            var first = keys.FirstAt(TimeSpan.FromTicks(recorder.Now / TimeSpan.NanosecondsPerTick));
            var read = new ReadRequest(
                new KeySpan(first + random.Next(KeyPlan.KeysOfRound - 4), 1 + random.Next(4)), default);
            await caller.AskAsync(recorder.NextId(), read, isSerializable: true);
            await Task.Delay(random.Next(ThinkMillisecondsMax));
        }
    }
}
