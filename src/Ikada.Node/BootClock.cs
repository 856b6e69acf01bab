using System.Runtime.InteropServices;
using Ikada.Primitives;

namespace Ikada.Node;

/// <summary>
/// The clock of consensus: CLOCK_BOOTTIME, which neither jumps when the wall clock is set nor stands still
/// while the machine sleeps. A follower that slept through its timeout must know it, and so must a leader
/// whose lease ran on.
/// </summary>
internal static partial class BootClock
{
    private const int ClockBootTime = 7;

    /// <summary>Now.</summary>
    public static Instant Now
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                // Elsewhere the nearest is a monotonic clock; whether it runs during sleep is the system's
                // affair.
                return new Instant(System.Diagnostics.Stopwatch.GetElapsedTime(0).Ticks);
            }

            var result = GetTime(ClockBootTime, out var time);
            Invariant.Check(result == 0, $"clock_gettime(CLOCK_BOOTTIME) returned {result}");
            return new Instant((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / 100));
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
