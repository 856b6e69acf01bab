using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Ikada.Load.Running;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Bench.Limits;

/// <summary>Writes and syncs of a file that is there already, by fio: microseconds, and how many a
/// second.</summary>
internal sealed record SyncLimit(string Size, double P50, double P99, double PerSecond);

/// <summary>What the disk allows.</summary>
internal static partial class DiskLimits
{
    private const int FileBytes = 16 << 20;
    private const int RecordBytes = 256;

    public static SyncLimit Sync(string size, string where, TimeSpan time)
    {
        using var job = Fio($"--bs={size} --size=64m --overwrite=1 --fdatasync=1 --time_based", where, time);
        var first = job.RootElement.GetProperty("jobs")[0];
        var (write, sync) = (first.GetProperty("write"), first.GetProperty("sync").GetProperty("lat_ns"));
        // A record is durable when both are done. Percentiles do not add up; medians nearly do.
        return new SyncLimit(
            size, (At(write.GetProperty("clat_ns"), "50") + At(sync, "50")) / 1e3,
            (At(write.GetProperty("clat_ns"), "99") + At(sync, "99")) / 1e3,
            write.GetProperty("iops").GetDouble());

        static double At(JsonElement times, string percent) =>
            times.GetProperty("percentile").GetProperty(percent + ".000000").GetDouble();
    }

    /// <summary>MiB a second of large writes past the page cache.</summary>
    public static double Bandwidth(string where, TimeSpan time)
    {
        using var job = Fio("--bs=1m --size=512m --overwrite=1 --direct=1 --time_based", where, time);
        return job.RootElement.GetProperty("jobs")[0].GetProperty("write").GetProperty("bw_bytes").GetInt64()
            / (double)(1 << 20);
    }

    /// <summary>Three files, each with a record of its own, are synced at the same moment, as by three
    /// servers:
    /// the time to the second that is done is the least that a majority of three can take.</summary>
    public static LatencyHistogram SecondOfThree(string where, TimeSpan time)
    {
        var directory = Directory.CreateTempSubdirectory("three-");
        directory.Delete();
        var files = Enumerable.Range(0, 3)
            .Select(i => Path.Combine(where, $"{directory.Name}-{i}")).ToArray();
        try
        {
            return Measure(files, time);
        }
        finally
        {
            Array.ForEach(files, File.Delete);
        }
    }

    private static LatencyHistogram Measure(string[] files, TimeSpan time)
    {
        var (latencies, done) = (new LatencyHistogram(), new long[files.Length]);
        var (started, isOver) = (0L, false);
        var watch = Stopwatch.StartNew();
        using var together = new Barrier(files.Length, _ => started = Stopwatch.GetTimestamp());
        using var after = new Barrier(files.Length, _ =>
        {
            var second = done.Order().ElementAt(1);
            latencies.Record((long)Stopwatch.GetElapsedTime(started, second).TotalNanoseconds);
            isOver = watch.Elapsed > time;
        });
        var threads = files.Select((file, number) => new Thread(() =>
        {
            using var handle = File.OpenHandle(file, FileMode.Create, FileAccess.Write);
            RandomAccess.Write(handle, new byte[FileBytes], 0);
            Sync(handle);
            var record = new byte[RecordBytes];
            for (var at = 0L; !isOver; at = (at + RecordBytes) % FileBytes)
            {
                together.SignalAndWait();
                RandomAccess.Write(handle, record, at);
                Sync(handle);
                done[number] = Stopwatch.GetTimestamp();
                after.SignalAndWait();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return latencies;
    }

    private static JsonDocument Fio(string flags, string where, TimeSpan time)
    {
        var name = Path.Combine(where, $"fio-{Guid.NewGuid():N}");
        // fio takes whole numbers.
        var runtime = ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        try
        {
            using var fio = Process.Start(new ProcessStartInfo(
                "fio", $"--name=limit --filename={name} --rw=write --ioengine=psync --output-format=json "
                    + $"--runtime={runtime}ms {flags}")
            {
                RedirectStandardOutput = true,
            })!;
            var text = fio.StandardOutput.ReadToEnd();
            fio.WaitForExit();
            return fio.ExitCode == 0
                ? JsonDocument.Parse(text[text.IndexOf('{')..])
                : throw new BenchException($"fio failed with code {fio.ExitCode}");
        }
        catch (Win32Exception)
        {
            throw new BenchException("fio is not installed (Debian: fio)");
        }
        finally
        {
            File.Delete(name);
        }
    }

    private static void Sync(SafeFileHandle file)
    {
        if (SyncData(file) != 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncData(SafeFileHandle file);
}
