using Ikada.PowerCut;
using Ikada.Primitives;

namespace Ikada.EngineKill;

/// <summary>Starts the writer again and again, and ends it at some moment: by a kill, or with the power of
/// its file system.</summary>
internal static class Killing
{
    private const int LongestMilliseconds = 700;

    public static int Run(int kills, int cuts, ulong seed)
    {
        var isSound = kills == 0 || Kill(kills, seed);
        return isSound && (cuts == 0 || Cut(cuts, seed)) ? 0 : 1;
    }

    private static bool Kill(int kills, ulong seed)
    {
        var directory = Directory.CreateTempSubdirectory("ikada-engine-kill-");
        var random = new RandomSource(seed);
        var judge = new Judge(seed, random);
        for (var kill = 1; kill <= kills; kill++)
        {
            using var writer = Begin(directory.FullName, seed, random);
            writer.Kill();
            if (judge.WhatIsWrong(directory.FullName, writer.Durable) is { } wrong)
            {
                Console.WriteLine($"kill {kill}: {wrong}; what was left is in {directory.FullName}");
                return false;
            }
        }

        Console.WriteLine($"{kills} kills sound, 0 failed, last index {judge.Last}");
        directory.Delete(recursive: true);
        return true;
    }

    private static bool Cut(int cuts, ulong seed)
    {
        using var files = new LoopFileSystem();
        var directory = Path.Combine(files.MountPoint, "engine");
        var random = new RandomSource(seed + 1);
        var judge = new Judge(seed, random);
        var stopped = 0;
        for (var cut = 1; cut <= cuts; cut++)
        {
            using var writer = Begin(directory, seed, random);
            files.Cut(random.OneIn(6) ? (ShutdownKind)random.NextBelow(2) : ShutdownKind.Nothing);
            if (!writer.AwaitEnd())
            {
                Console.WriteLine($"cut {cut}: the writer goes on although every call fails");
                return false;
            }

            stopped += writer.Failure is null ? 0 : 1;
            files.Restart();
            if (judge.WhatIsWrong(directory, writer.Durable) is { } wrong)
            {
                Console.WriteLine($"cut {cut}: {wrong}");
                return false;
            }
        }

        Console.WriteLine($"{cuts} power cuts sound, 0 failed, last index {judge.Last}; {stopped} writers "
            + "said that the disk had failed");
        return true;
    }

    private static WriterProcess Begin(string directory, ulong seed, RandomSource random)
    {
        var writer = new WriterProcess(directory, seed);
        writer.AwaitBegin();
        Thread.Sleep(random.NextBelow(LongestMilliseconds));
        return writer;
    }
}
