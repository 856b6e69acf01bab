using System.Globalization;
using Ikada.ExactlyOnce;

// What test/exactly-once runs. 'run INCREMENTS SEED' does it all; 'node DIRECTORY NAME LISTEN NAME=ADDRESS…'
// is one of the three processes that it starts.
return args switch
{
    ["run", var increments, var seed] => await RunAsync(Number(increments), Number(seed)),
    ["node", var directory, var name, var listen, .. var members] =>
        await CountingNode.RunAsync(directory, name, listen, members),
    _ => Usage(),
};

static async Task<int> RunAsync(int increments, int seed)
{
    try
    {
        await using var trouble = await Trouble.StartAsync(seed);
        return await trouble.CountAsync(increments) ? 0 : 1;
    }
    catch (Exception failure) when (failure is InvalidOperationException or IOException or TimeoutException)
    {
        Console.WriteLine($"failed: {failure.Message}");
        return 1;
    }
}

static int Usage()
{
    Console.WriteLine("run INCREMENTS SEED, or node DIRECTORY NAME LISTEN NAME=ADDRESS…");
    return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
