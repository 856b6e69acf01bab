using System.Globalization;
using Ikada.EngineKill;

// What test/engine-kill runs. 'run KILLS SEED' does it all; 'write DIRECTORY SEED' is the process that it
// starts and kills.
return args switch
{
    ["run", var kills, var seed] => Killing.Run(Number(kills), (ulong)Number(seed)),
    ["write", var directory, var seed] => Writer.Run(directory, (ulong)Number(seed)),
    _ => Usage(),
};

static int Usage()
{
    Console.WriteLine("run KILLS SEED, or write DIRECTORY SEED");
    return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
