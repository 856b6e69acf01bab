namespace Ikada.EndToEnd.Tests;

/// <summary>A file system of its own in a file, mounted: it can be filled without filling the machine. Needs
/// root.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private const long BlockBytes = 1 << 20;
    private readonly string _image;

    private SmallDisk(string image, string directory) => (_image, Directory) = (image, directory);

    /// <summary>Where it is mounted.</summary>
    public string Directory { get; }

    private string Filler => Path.Combine(Directory, "filler");

    /// <summary>Makes one at that place.</summary>
    public static async Task<SmallDisk> MountAsync(string directory, int megabytes)
    {
        var disk = new SmallDisk(directory + ".img", directory);
        System.IO.Directory.CreateDirectory(directory);
        await using (var image = File.Create(disk._image))
        {
            image.SetLength(megabytes * BlockBytes);
        }

        // Nothing reserved for root, who runs this: full is full.
        (await Command.RunAsync("mkfs.ext4", [], "-q", "-m", "0", disk._image)).Succeeded();
        (await Command.RunAsync("mount", [], "-o", "loop", disk._image, directory)).Succeeded();
        return disk;
    }

    /// <summary>Leaves at most so much free.</summary>
    public async Task FillAsync(int leaveMegabytes)
    {
        var free = new DriveInfo(Directory).AvailableFreeSpace;
        var bytes = free - (leaveMegabytes * BlockBytes);
        Assert.True(bytes > 0, $"{free} bytes are free in {Directory}");
        (await Command.RunAsync(
            "fallocate", [], "-l", $"{bytes}", Filler)).Succeeded();
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        (await Command.RunAsync("umount", [], Directory)).Succeeded();
        File.Delete(_image);
    }
}
