using System.Globalization;
using Ikada.PowerCut;

// What test/power-cut runs. 'run CUTS SEED' cuts the power so many times; 'write DIRECTORY SEED' is the
// writer that it starts for each.
return args switch
{
    ["run", var cuts, var seed] => Run((int)Number(cuts), Number(seed)),
    ["write", var directory, var seed] => Writer.Run(directory, Number(seed)),
    _ => Usage(),
};

static int Run(int cuts, ulong seed)
{
    try
    {
        using var run = new CutRun(seed, Console.WriteLine);
        run.Cut(cuts);
        Console.WriteLine(run.Counts.Describe());
        return 0;
    }
    catch (Exception failure) when (failure is InvalidOperationException or IOException)
    {
        Console.WriteLine($"failed: {failure.Message}");
        return 1;
    }
}

static int Usage()
{
    Console.WriteLine("run CUTS SEED, or write DIRECTORY SEED");
    return 2;
}

static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
