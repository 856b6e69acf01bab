using Ikada.Faults.Running;

// What test/faults runs, in namespaces of its own.
if (!RunOptions.TryParse(args, out var options, out var wrong))
{
    Console.Error.WriteLine($"faults: {wrong}");
    return 2;
}

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupt.Cancel();
};

// ip, nft and tc are where not every user looks.
Environment.SetEnvironmentVariable("PATH", Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin");
try
{
    var network = await Network.MakeAsync(Cluster.Size);
    var violations = 0;
    foreach (var (name, kinds) in options.Runs)
    {
        using var scratch = new ScratchDirectory();
        var report = await new FaultRun(options, network, name, scratch.Path).RunAsync(
            kinds, interrupt.Token);
        violations += report.Violations.Count;
        report.Write(Console.Out, Keep(report, scratch.Path));
    }

    Console.WriteLine($"violations {violations} in {options.Runs.Count} runs, seed {options.Seed}");
    return violations == 0 ? 0 : 1;
}
catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
{
    Console.WriteLine("stopped");
    return 130;
}
catch (Exception failure) when (failure is InvalidOperationException or IOException or TimeoutException
    or Grpc.Core.RpcException)
{
    Console.WriteLine($"failed: {failure.Message}");
    return 1;
}

// Where the history of a run and the logs of its servers stay; empty: nowhere.
string Keep(RunReport report, string scratch)
{
    if (options.Keep.Length == 0 && report.Violations.Count == 0)
    {
        return string.Empty;
    }

    var directory = options.Keep.Length > 0 ? Path.Combine(options.Keep, report.Name)
        : Directory.CreateTempSubdirectory("ikada-violation-").FullName;
    HistoryFiles.Write(directory, report.Record);
    foreach (var log in Directory.EnumerateFiles(scratch, "*.log"))
    {
        File.Copy(log, Path.Combine(directory, Path.GetFileName(log)), overwrite: true);
    }

    return directory;
}
