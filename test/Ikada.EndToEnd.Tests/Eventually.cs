using System.Diagnostics;

namespace Ikada.EndToEnd.Tests;

internal static class Eventually
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks again until there is an answer.</summary>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> ask)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Timeout)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            await Task.Delay(Interval, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException($"waited {Timeout.TotalSeconds} s for {what}, in vain");
    }

    public static Task HoldsAsync(string what, Func<Task<bool>> holds) =>
        GetAsync(what, async () => await holds() ? "" : null);
}
