using System.Globalization;
using Ikada.Groups;

// What test/groups runs. 'run GROUPS SECONDS' does it all; 'node DIRECTORY NAME LISTEN SLEEP-MS
// NAME=ADDRESS…' is one of the three processes that it starts.
return args switch
{
    ["run", var groups, var seconds] => await RunAsync(Number(groups), Number(seconds)),
    ["node", var directory, var name, var listen, var sleep, .. var members] =>
        await GroupsNode.RunAsync(directory, name, listen, TimeSpan.FromMilliseconds(Number(sleep)), members),
    _ => Usage(),
};

static async Task<int> RunAsync(int groups, int seconds)
{
    try
    {
        foreach (var sleep in (int[])[2000, 0])
        {
            await using var processes = await Processes.StartAsync(groups, TimeSpan.FromMilliseconds(sleep));
            if (!await processes.MeasureAsync(TimeSpan.FromSeconds(seconds)))
            {
                return 1;
            }
        }

        return 0;
    }
    catch (Exception failure) when (failure is InvalidOperationException or IOException or TimeoutException)
    {
        Console.WriteLine($"failed: {failure.Message}");
        return 1;
    }
}

static int Usage()
{
    Console.WriteLine("run GROUPS SECONDS, or node DIRECTORY NAME LISTEN SLEEP-MS NAME=ADDRESS…");
    return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
