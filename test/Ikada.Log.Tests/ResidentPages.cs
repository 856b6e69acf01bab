using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Ikada.Log.Tests;

/// <summary>How much of a file the page cache holds, as mincore tells.</summary>
internal static partial class ResidentPages
{
    public static int Of(string path)
    {
        using var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        using var view = map.CreateViewAccessor();
        var pages = new byte[(view.Capacity + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        var start = view.SafeMemoryMappedViewHandle.DangerousGetHandle();
        Assert.Equal(0, mincore(start, (nuint)view.Capacity, pages));
        return pages.Count(static page => (page & 1) != 0);
    }

#pragma warning disable IDE1006, SA1300 // the name is libc's
    [LibraryImport("libc")]
    private static partial int mincore(nint start, nuint length, [Out] byte[] pages);
#pragma warning restore IDE1006, SA1300
}
