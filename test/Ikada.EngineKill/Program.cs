using System.Globalization;
using Ikada.EngineKill;

// What test/engine-kill runs. 'run KILLS CUTS SEED' does it all; 'write DIRECTORY SEED' is the process that
// it starts and kills.
return args switch
{
    ["run", var kills, var cuts, var seed] =>
        Killing.Run(Number(kills), Number(cuts), (ulong)Number(seed)),
    ["write", var directory, var seed] => Writer.Run(directory, (ulong)Number(seed)),
    _ => Usage(),
};

static int Usage()
{
    Console.WriteLine("run KILLS CUTS SEED, or write DIRECTORY SEED");
    return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
