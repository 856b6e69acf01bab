using Ikada.Node.Disk;

namespace Ikada.Log.Tests;

/// <summary>Whole sectors go past the page cache, everything else through it, and a reader sees no
/// difference.</summary>
public sealed class DirectWriteTests : IDisposable
{
    private const int OpenDirectFlag = 0x4000;
    private readonly string _directory =
        Path.Combine(Path.GetTempPath(), "ikada-direct-" + Guid.NewGuid().ToString("n"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0, 512)]
    [InlineData(512, 1536)]
    [InlineData(4096, (1 << 20) + 512)] // more than the buffer that aligns it
    [InlineData(1 << 20, 3 << 20)]
    public void Whole_sectors_are_read_back_as_written_whatever_pieces_they_came_in(long offset, int length)
    {
        using var disk = new FileDisk(_directory);
        disk.Create("a");
        disk.Write("a", 0, [new byte[8 << 20]]);
        disk.Sync("a");
        var content = Random(length);
        disk.Write("a", offset, Pieces(content));
        disk.Sync("a");
        var read = new byte[length + 1024];
        disk.Read("a", offset, read);
        Assert.Equal(content, read[..length]);
        Assert.All(read[length..], static one => Assert.Equal(0, one));
        Assert.Equal(8 << 20, disk.GetLength("a"));
    }

    [Fact]
    public void Whole_sectors_go_past_the_page_cache_and_others_do_not()
    {
        using var disk = new FileDisk(_directory);
        disk.Create("a");
        disk.Create("b");
        disk.Write("a", 512, [new byte[512]]);
        disk.Write("b", 0, [new byte[511]]);
        disk.Write("b", 8, [new byte[512]]);
        Assert.True(IsOpenedDirectly("a"));
        Assert.False(IsOpenedDirectly("b"));
    }

    [Fact]
    public void Sectors_and_single_bytes_of_one_page_do_not_lose_each_other()
    {
        using var disk = new FileDisk(_directory);
        disk.Create("a");
        var expected = new byte[64 << 10];
        var random = new Random(3);
        for (var i = 0; i < 300; i++)
        {
            // One sector or a few bytes, so that most pages are written both ways.
            var isSector = random.Next(2) == 0;
            var offset = random.Next(expected.Length / 512) * 512;
            var length = isSector ? 512 : random.Next(1, 300);
            var bytes = Random(length);
            disk.Write("a", offset, [bytes]);
            bytes.CopyTo(expected, offset);
            var read = new byte[length];
            disk.Read("a", offset, read);
            Assert.Equal(bytes, read);
        }

        disk.Sync("a");
        var whole = new byte[expected.Length];
        disk.Read("a", 0, whole);
        Assert.Equal(expected, whole);
    }

    [Fact]
    public void A_name_given_to_another_file_is_written_there()
    {
        using var disk = new FileDisk(_directory);
        disk.Create("a");
        disk.Write("a", 0, [Random(512)]);
        disk.Create("b");
        var second = Random(512);
        disk.Rename("b", "a");
        disk.Write("a", 0, [second]);
        var read = new byte[512];
        disk.Read("a", 0, read);
        Assert.Equal(second, read);
        disk.Delete("a");
        disk.Create("a");
        disk.Write("a", 512, [second]);
        Assert.Equal(1024, disk.GetLength("a"));
    }

    // A device that cannot be opened that way stands for a file system that cannot.
    [Fact]
    public void Where_it_cannot_be_done_all_is_written_the_ordinary_way()
    {
        using var disk = new FileDisk(_directory);
        File.CreateSymbolicLink(Path.Combine(_directory, "null"), "/dev/null");
        disk.Create("a");
        disk.Write("null", 0, [new byte[512]]);
        var content = Random(1024);
        disk.Write("a", 0, [content]);
        Assert.False(IsOpenedDirectly("a"));
        var read = new byte[1024];
        Assert.Equal(1024, disk.Read("a", 0, read));
        Assert.Equal(content, read);
    }

    private static byte[] Random(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static List<ReadOnlyMemory<byte>> Pieces(byte[] content)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < content.Length;)
        {
            var length = Math.Min(content.Length - at, 1 + (at % 7001));
            pieces.Add(content.AsMemory(at, length));
            at += length;
        }

        return pieces;
    }

    // The kernel tells with which flags each descriptor was opened.
    private bool IsOpenedDirectly(string name)
    {
        var path = Path.Combine(_directory, name);
        foreach (var descriptor in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (new FileInfo(descriptor).LinkTarget != path)
            {
                continue;
            }

            var lines = File.ReadAllLines("/proc/self/fdinfo/" + Path.GetFileName(descriptor));
            var flags = lines.First(static line => line.StartsWith("flags:", StringComparison.Ordinal));
            if ((Convert.ToInt32(flags[6..].Trim(), 8) & OpenDirectFlag) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
