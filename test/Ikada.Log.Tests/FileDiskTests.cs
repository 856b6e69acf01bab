using System.Diagnostics;
using System.Globalization;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class FileDiskTests : IDisposable
{
    private readonly string _directory =
        Path.Combine(Path.GetTempPath(), "ikada-log-" + Guid.NewGuid().ToString("n"));

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Fact]
    public void The_name_of_a_directory_is_made_durable_in_the_one_that_holds_it()
    {
        Directory.CreateDirectory(_directory);
        FileDisk.SyncNameOf(Path.Combine(_directory, "moved"));
        var error = Assert.Throws<DiskException>(
            () => FileDisk.SyncNameOf(Path.Combine(_directory, "nowhere", "moved") + "/"));
        Assert.Equal(Path.Combine(_directory, "nowhere"), error.File);
    }

    [Fact]
    public void The_log_works_on_real_files_as_on_simulated_ones()
    {
        using (var disk = new FileDisk(_directory))
        {
            var log = LogFixture.Open(disk);
            log.Log7.SaveHardState(new Term(4), new NodeId(2));
            for (ulong i = 1; i <= 60; i++)
            {
                log.Append(i, 4, (int)(i * 150));
                log.Pump();
            }

            Assert.Null(log.Failure);
        }

        using var again = new FileDisk(_directory);
        var found = LogFixture.Open(again);
        Assert.Equal(60, found.ReadAll().Length);
        Assert.Equal(new NodeId(2), found.Log7.RecoveredHardState.Vote);
        Assert.True(again.List().Count > 3);
    }

    [Fact]
    public void Names_are_created_renamed_and_deleted_and_lengths_are_told()
    {
        using var disk = new FileDisk(_directory);
        disk.Create("a");
        disk.Write("a", 3, [new byte[] { 1, 2 }, new byte[] { 3 }]);
        disk.Sync("a");
        disk.Rename("a", "b");
        disk.SyncDirectory();
        Assert.Equal(["b"], disk.List());
        Assert.Equal(6, disk.GetLength("b"));
        var bytes = new byte[9];
        Assert.Equal(6, disk.Read("b", 0, bytes));
        Assert.Equal([0, 0, 0, 1, 2, 3, 0, 0, 0], bytes);
        disk.Delete("b");
        Assert.Empty(disk.List());
        Assert.Contains("ENOENT", Assert.Throws<DiskException>(() => disk.GetLength("b")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_threads_work_on_different_files_at_the_same_time()
    {
        using var disk = new FileDisk(_directory);
        var failures = new Exception?[4];
        var threads = new Thread[failures.Length];
        using var start = new Barrier(threads.Length);
        for (var i = 0; i < threads.Length; i++)
        {
            var (mine, name) = (i, $"file-{i}");
            threads[i] = new Thread(() =>
            {
                try
                {
                    start.SignalAndWait();
                    WorkOnFiles(disk, name);
                }
                catch (Exception failure)
                {
                    failures[mine] = failure;
                }
            });
            threads[i].Start();
        }

        Array.ForEach(threads, static thread => thread.Join());
        Assert.All(failures, Assert.Null);
        Assert.Empty(disk.List());
    }

    [Fact]
    public void What_memory_holds_of_a_synced_file_is_let_go()
    {
        var directory = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(_directory));
        try
        {
            using var disk = new FileDisk(directory);
            disk.Create("a");
            disk.Write("a", 0, [new byte[1 << 20]]);
            disk.Sync("a");
            // Somebody else on the machine may have emptied its memory just now: read again.
            var resident = 0;
            for (var attempt = 0; resident == 0 && attempt < 10; attempt++)
            {
                disk.Read("a", 0, new byte[1 << 20]);
                resident = ResidentPages.Of(Path.Combine(directory, "a"));
            }

            Assert.True(resident > 0);
            disk.DropCache("a");
            Assert.Equal(0, ResidentPages.Of(Path.Combine(directory, "a")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void The_directory_is_for_its_owner_only()
    {
        using var disk = new FileDisk(_directory);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(_directory), 8));
        }
    }

    [Fact]
    public void A_directory_held_by_another_process_is_refused_naming_directory_and_process()
    {
        using var holder = StartProbe(null, hold: true);
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        var error = Assert.Throws<DirectoryHeldException>(() => new FileDisk(_directory));
        Assert.Contains(_directory, error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "process " + holder.Id.ToString(CultureInfo.InvariantCulture), error.Message,
                StringComparison.Ordinal);
        holder.StandardInput.WriteLine();
        Assert.True(holder.WaitForExit(60_000));
        using var mine = new FileDisk(_directory);
        Assert.Throws<DirectoryHeldException>(() => new FileDisk(_directory));
    }

    [Fact]
    public void A_lock_that_cannot_be_opened_is_told_as_what_it_is_and_not_as_held()
    {
        Directory.CreateDirectory(_directory);
        File.CreateSymbolicLink(Path.Combine(_directory, "lock"), "lock");
        var error = Assert.Throws<DiskException>(() => new FileDisk(_directory));
        Assert.Contains("errno 40", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_device_is_an_error_that_says_so()
    {
        using var disk = new FileDisk(_directory);
        File.CreateSymbolicLink(Path.Combine(_directory, "full"), "/dev/full");
        var error = Assert.Throws<DiskException>(() => disk.Write("full", 0, [new byte[10]]));
        Assert.Equal("pwrite", error.Operation);
        Assert.Contains("ENOSPC", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<DiskException>(() => disk.Write("full", 0, [new byte[10], new byte[10]]));
        Assert.Contains("ENOSPC", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sync_that_the_file_does_not_support_is_an_error()
    {
        using var disk = new FileDisk(_directory);
        File.CreateSymbolicLink(Path.Combine(_directory, "null"), "/dev/null");
        Assert.Contains("EINVAL", Assert.Throws<DiskException>(() => disk.Sync("null")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_output_error_of_fdatasync_surfaces_and_acknowledges_nothing()
    {
        var model = new SimulatedDisk();
        Probe.OpenLog(model);
        var nth = model.Faults.CountOf(DiskOperationKind.Sync) + 1;
        using var child = StartProbe($"fdatasync:error=EIO:when={nth}", hold: false);
        var text = child.StandardOutput.ReadToEnd();
        Assert.True(child.WaitForExit(120_000));
        Assert.Contains("opened", text, StringComparison.Ordinal);
        Assert.Contains("acknowledged 0", text, StringComparison.Ordinal);
        Assert.Contains(
            "fdatasync of segment-0000000000000001.log failed: EIO", text, StringComparison.Ordinal);
        Assert.Equal(3, child.ExitCode);
    }

    /// <summary>Opens many, replaces and deletes: each changes the table of open files, which grows and
    /// shrinks meanwhile.</summary>
    private static void WorkOnFiles(FileDisk disk, string prefix)
    {
        var bytes = new byte[8];
        for (var round = 0; round < 12; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                disk.Create($"{prefix}-{i}");
                disk.Write($"{prefix}-{i}", round, [BitConverter.GetBytes((long)i)]);
            }

            for (var i = 0; i < 100; i++)
            {
                disk.Rename($"{prefix}-{i}", $"{prefix}-{i}-b");
                Assert.Equal(8, disk.Read($"{prefix}-{i}-b", round, bytes));
                Assert.Equal(i, BitConverter.ToInt64(bytes));
                disk.Delete($"{prefix}-{i}-b");
            }
        }
    }

    private Process StartProbe(string? inject, bool hold)
    {
        var self = new List<string> { Environment.ProcessPath! };
        if (Path.GetFileNameWithoutExtension(self[0]) == "dotnet")
        {
            self.Add(typeof(Probe).Assembly.Location);
        }

        if (inject is not null)
        {
            self.InsertRange(0, ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                "inject=" + inject]);
        }

        var start = new ProcessStartInfo(self[0], self[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment[Probe.DirectoryVariable] = _directory;
        start.Environment[Probe.HoldVariable] = hold ? "1" : string.Empty;
        return Process.Start(start)
            ?? throw new InvalidOperationException($"{self[0]} did not start; install it");
    }
}
