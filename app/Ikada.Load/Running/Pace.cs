using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ikada.Load.Running;

/// <summary>Sleeps until a moment, to some tens of microseconds: a thread's own sleep is of whole
/// milliseconds, and that would count as the server's time.</summary>
internal static partial class Pace
{
    private const int ClockMonotonic = 1;
    private const int Interrupted = 4;

    /// <summary>Until this timestamp of <see cref="Stopwatch"/>, which on Linux is that clock in
    /// ns.</summary>
    public static void SleepUntil(long timestamp)
    {
        var left = timestamp - Stopwatch.GetTimestamp();
        while (left > 0)
        {
            var span = new TimeSpec { Seconds = left / 1_000_000_000, Nanoseconds = left % 1_000_000_000 };
            var code = SleepByClock(ClockMonotonic, 0, in span, IntPtr.Zero);
            if (code is not 0 and not Interrupted)
            {
                throw new Win32Exception(code);
            }

            left = timestamp - Stopwatch.GetTimestamp();
        }
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int SleepByClock(int clock, int flags, in TimeSpec span, IntPtr left);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
