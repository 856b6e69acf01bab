using System.Diagnostics;
using System.Globalization;
using Ikada.KeyValue;
using Ikada.KeyValue.RocksDb;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>Starts the writer, kills it, and holds what it left against the engine in memory.</summary>
internal static class Killing
{
    private const int LongestMilliseconds = 700;
    private const int ReplayMax = 2000;

    public static int Run(int kills, ulong seed)
    {
        var directory = Directory.CreateTempSubdirectory("ikada-engine-kill-");
        var random = new RandomSource(seed);
        var memory = new KeyValueStore();
        var commands = new Commands(seed);
        var failed = 0;
        for (var kill = 1; kill <= kills && failed == 0; kill++)
        {
            Kill(directory.FullName, seed, random.NextBelow(LongestMilliseconds));
            failed += IsSound(directory.FullName, memory, commands, kill, random) ? 0 : 1;
        }

        Console.WriteLine(
            $"{kills - failed} kills sound, {failed} failed, last index {memory.AppliedIndex}");
        if (failed == 0)
        {
            directory.Delete(recursive: true);
        }
        else
        {
            Console.WriteLine($"what was left is in {directory.FullName}");
        }

        return failed == 0 ? 0 : 1;
    }

    private static void Kill(string directory, ulong seed, int afterMilliseconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in
            (string[])["write", directory, seed.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        if (process.StandardOutput.ReadLine() != "writes")
        {
            throw new InvalidOperationException("the writer did not start; its errors are above");
        }

        Thread.Sleep(afterMilliseconds);
        process.Kill();
        process.WaitForExit();
    }

    private static bool IsSound(
        string directory, KeyValueStore memory, Commands commands, int kill, RandomSource random)
    {
        using var store = RocksDbStore.Open(directory, Writer.Settings);
        var machine = new KeyValueStore(store);
        var found = machine.AppliedIndex;
        if (found < memory.AppliedIndex)
        {
            Console.WriteLine(
                $"kill {kill}: index {found} was found, and {memory.AppliedIndex} had been durable");
            return false;
        }

        AdvanceTo(memory, found, commands);
        if (!IsSame(kill, "found", memory, machine))
        {
            return false;
        }

        var count = 1 + random.NextBelow(ReplayMax);
        commands.Apply(machine, count);
        AdvanceTo(memory, machine.AppliedIndex, commands);
        return IsSame(kill, "replayed", memory, machine);
    }

    private static void AdvanceTo(KeyValueStore memory, LogIndex index, Commands commands)
    {
        while (memory.AppliedIndex < index)
        {
            commands.Apply(memory, (int)Math.Min(1000, index - memory.AppliedIndex));
        }
    }

    // The rolling hash is of the history of effects; the other one of what is really there.
    private static bool IsSame(int kill, string when, KeyValueStore memory, KeyValueStore machine)
    {
        var (expected, content) = (memory.View.HashAt(0), machine.View.HashAt(0));
        if (memory.StateHash == machine.StateHash && expected == content)
        {
            return true;
        }

        Console.WriteLine(
            $"kill {kill}, {when} {machine.AppliedIndex}: hash {machine.StateHash:x16}, content "
            + $"{content.Hash:x16}; the engine in memory has {memory.StateHash:x16}, {expected.Hash:x16}");
        return false;
    }
}
